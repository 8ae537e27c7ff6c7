"""What people do with the web view, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web.site import Site
from tests.web.test_hostile_mail import attacked
from tests.web.test_pages import flagged, paths

pytestmark = pytest.mark.slow

__all__ = ["attacked"]

PHONE = {"width": 390, "height": 800}

PERIOD_MS = 6_000
"""Milliseconds in which a live page asks again at least once."""
in_both_themes = pytest.mark.parametrize("theme", ["light", "dark"], indirect=True)
"""For what looks at colours."""


def test_from_the_overview_to_why_a_message_was_flagged(page: Page, site: Site) -> None:
    page.goto(site.url)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()
    page.get_by_role("link", name="Verdicts").first.click()
    page.get_by_role("combobox", name="Verdict").select_option("malicious")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**/verdicts?verdict=malicious")
    for badge in page.locator("tbody .badge").all():
        assert badge.inner_text() == "malicious"
    page.locator("tbody .subject a").first.click()
    expect(page.locator(".sentence")).to_contain_text("Malicious")
    expect(page.get_by_role("heading", name="Detectors that fired")).to_be_visible()
    # htmx loads the text.
    expect(page.locator("#mail-text pre.mail").first).to_be_visible()
    page.locator(".fired h3 a").first.click()
    expect(page.get_by_role("heading", name="Fires when")).to_be_visible()


def test_from_a_message_to_its_sender_as_it_was(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/verdicts/{flagged(site)['uid']}")
    page.get_by_role("link", name="The sender before this message").click()
    expect(page.locator(".lead")).to_contain_text("observations since the first observation")
    page.get_by_role("link", name="Now").click()
    expect(page.get_by_role("heading", name="Stored row")).to_be_visible()
    expect(page.locator("#networks")).to_contain_text("latest messages still kept")
    assert page.locator(".chart canvas").count() >= 1


def test_finding_an_entity_by_name(page: Page, site: Site) -> None:
    domain = site.api("/tables/domain", limit=1)["rows"][0]
    page.goto(f"{site.url}/tables")
    page.get_by_role("combobox", name="Kind").select_option("domain")
    page.get_by_role("textbox", name="Tenant").fill(domain["tenant"])
    page.get_by_role("textbox", name="Name").fill(domain["value"])
    page.get_by_role("button", name="Show profile").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(domain["value"])


def test_the_list_is_live_until_it_is_paused(page: Page, site: Site) -> None:
    page.clock.install()
    page.goto(f"{site.url}/verdicts")
    for _ in range(2):
        with page.expect_response(lambda answer: answer.url.endswith("/verdicts")):
            page.clock.run_for(PERIOD_MS)
    page.get_by_role("button", name="Live").click()
    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "false")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(10 * PERIOD_MS)
    page.wait_for_timeout(300)
    assert asked == []


@in_both_themes
def test_the_theme_can_be_chosen_and_stays(page: Page, site: Site, theme: Any) -> None:
    page.goto(site.url)
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.get_by_role("button", name="Switch between light and dark").click()
    chosen = page.evaluate(ground)
    assert chosen != before
    page.reload()
    assert page.evaluate(ground) == chosen


def test_everything_can_be_reached_by_keyboard(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/verdicts")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Verdict")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.subject') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/verdicts/[0-9a-f]{32}"))


@in_both_themes
def test_no_page_is_an_obstacle(page: Page, site: Site) -> None:
    """WCAG 2.1 A and AA, as far as axe-core can tell."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    for path in [*paths(site).values(), "/nonsense-is-tested-elsewhere"][:-1]:
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        found = Axe().run(page, options=rules)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"


def test_pages_fit_a_phone(browser: Browser, site: Site, theme: Any) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=theme, is_mobile=True)  # type: ignore[arg-type] # a plain dict is one
    page = context.new_page()
    for path in paths(site).values():
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    context.close()


def test_hostile_mail_does_nothing(page: Page, attacked: Site) -> None:
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    rows = attacked.api("/verdicts", limit=200)["verdicts"]
    for row in rows:
        page.goto(f"{attacked.url}/verdicts/{row['uid']}")
        expect(page.locator("#mail-text pre.mail").first).to_be_visible()
        for details in page.locator("details").all():
            details.evaluate("element => element.open = true")
        page.locator("dl.facts a").first.click()
        page.wait_for_load_state("networkidle")
    for path in ("/", "/verdicts", "/tables/name", "/tables/address", "/dead-letters"):
        page.goto(attacked.url + path)
        page.wait_for_load_state("networkidle")
    assert dialogs == []
    assert all(url.startswith(attacked.url) for url in asked), asked


def test_without_scripts_pages_still_say_everything(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/verdicts/{flagged(site)['uid']}")
    expect(page.locator(".sentence")).to_contain_text("Malicious")
    page.get_by_role("link", name="Show headers and text").click()
    expect(page.locator("pre.mail").first).to_be_visible()
    context.close()
