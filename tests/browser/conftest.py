"""A browser, and the demo organisation behind a web view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import MissingBrowserError, chromium
from tests.web.conftest import demo_data, site

__all__ = ["demo_data", "site"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    try:
        with chromium() as running:
            yield running
    except MissingBrowserError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["light", pytest.param("dark", marks=pytest.mark.long)])
def theme(request: pytest.FixtureRequest) -> Any:
    """Both themes; what does not look at colours is the same in both, so it may wait for one."""
    return request.param


@pytest.fixture
def page(browser: Browser, theme: Any) -> Iterator[Page]:
    """A page that must not log console errors."""
    context = browser.new_context(viewport={"width": 1_300, "height": 900}, color_scheme=theme)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("requestfailed", lambda asked: complaints.append(f"failed: {asked.url}"))
    yield opened
    context.close()
    # htmx aborts pending requests when the page is left.
    assert [one for one in complaints if not one.startswith("failed: ")] == []
