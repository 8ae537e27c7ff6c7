"""What every page of the web view keeps to, and its twin in the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import jsonschema
import msgspec
import pytest

from detection_stream.demo import OWN_DOMAINS
from detection_stream.profiles.kinds import KINDS
from detection_stream.web.openapi import document
from detection_stream.web.view import API, View
from detection_stream.web.views import VIEWS
from tests.contract.crawl import Crawl, crawl, view_of
from tests.topology.harness import demo
from tests.web.site import Site, run_mail, web

HOSTILE = "<img src=x onerror=alert(1)>"
every_view = pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.path)


def _mail() -> list[Any]:
    """Demo mail, and behind it a message that says markup everywhere, and one that is none."""
    messages = list(demo(200))
    last = messages[-1]
    hostile = (
        f'From: "{HOSTILE}" <mallory@evil.example>\n'
        f'To: "{HOSTILE}" <ann@{next(iter(OWN_DOMAINS))}>\n'
        f"Subject: {HOSTILE}\nMessage-ID: <{HOSTILE}@evil.example>\n"
        f"Content-Type: text/html\n\n<p>{HOSTILE} https://evil.example/{HOSTILE}</p>\n"
    )
    return [
        *messages,
        replace(last, raw=b"no header line here\n\nat all\n", received_at=last.received_at + 1_000),
        replace(last, raw=hostile.encode(), received_at=last.received_at + 2_000),
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The web view of some mail."""
    data = tmp_path_factory.mktemp("pages") / "data"
    run_mail(data, _mail())
    running = web(data)
    yield running
    running.close()
    assert "Traceback" not in running.log


@pytest.fixture(scope="module")
def walk(site: Site) -> Crawl:
    """All forms of its pages."""
    return crawl(site, VIEWS)


def _schema(view: View) -> dict[str, Any]:
    """The JSON Schema of a view's parameters."""
    found: dict[str, Any] = msgspec.json.schema(view.parameters)["$defs"]
    return dict(found[view.parameters.__name__])


@every_view
def test_links_lead_to_it(view: View, walk: Crawl) -> None:
    assert walk.reached.get(view.path)


def test_pages_without_a_thing_to_name_are_in_the_navigation(walk: Crawl) -> None:
    navigation = {view_of(link, VIEWS) for link in walk.pages["/"].navigation}
    needing = {path for path, view in VIEWS.items() if _schema(view).get("required")}
    assert navigation == VIEWS.keys() - needing
    assert all(page.navigation == walk.pages["/"].navigation for page in walk.pages.values())


def test_every_link_leads_somewhere(walk: Crawl) -> None:
    assert len(walk.answers) > len(VIEWS)
    dead = {path: answer.status for path, answer in walk.answers.items() if answer.status >= 400}
    assert not dead
    assert not walk.outside, "links of mail are no links"


@every_view
def test_its_pages_are_sound(view: View, walk: Crawl) -> None:
    for path in walk.reached[view.path]:
        page = walk.pages[path]
        assert walk.answers[path].status == 200
        assert walk.answers[path].text.lstrip().lower().startswith("<!doctype html>")
        assert not page.faults, path
        assert page.count["h1"] == page.count["title"] == page.count["main"] == 1
        assert len(page.title.partition("·")[0].strip()) > 1
        assert max(page.ids.values()) == 1, path
        assert not page.handlers, path


@every_view
def test_what_came_by_mail_is_text(view: View, walk: Crawl) -> None:
    for path in walk.reached[view.path]:
        assert HOSTILE not in walk.answers[path].text


def test_hostile_mail_was_among_it(walk: Crawl, site: Site) -> None:
    assert site.api("/dead-letters")["total"] == 1
    shown = {
        view_of(path, VIEWS) for path, one in walk.answers.items() if "onerror=alert(1)" in one.text
    }
    assert {"/verdicts", "/verdicts/{uid}", "/verdicts/{uid}/mail"} <= shown


@every_view
def test_the_api_answers_as_documented(view: View, walk: Crawl, site: Site) -> None:
    described = document()
    (operation,) = described["paths"][f"{API}{view.path}".rstrip("/")].values()
    content = operation["responses"]["200"]["content"]["application/json"]
    validator = jsonschema.Draft202012Validator(
        {**content["schema"], "components": described["components"]}
    )
    for path in walk.reached[view.path]:
        answer = site.get(f"{API}{path}".rstrip("/"))
        assert answer.status == 200
        validator.validate(answer.json())
        unknown = {**answer.json(), "notes": 7}
        assert not validator.is_valid(unknown)


def _wrong(described: dict[str, Any]) -> Iterator[str]:
    """Values out of the range of a parameter."""
    for option in [described, *described.get("anyOf", ())]:
        if "maximum" in option:
            yield str(option["maximum"] + 1)
        if "minimum" in option:
            yield str(option["minimum"] - 1)
        if option.get("type") == "integer":
            yield "many"
        if "maxLength" in option:
            yield "x" * (option["maxLength"] + 1)
        if "enum" in option or "pattern" in option:
            yield "no such value"


@every_view
def test_what_is_out_of_range_is_said(view: View, walk: Crawl, site: Site) -> None:
    parts = urlsplit(walk.reached[view.path][0])
    given = dict(parse_qsl(parts.query))
    properties = _schema(view)["properties"]
    asked = [(name, value) for name, described in properties.items() for value in _wrong(described)]
    for name, value in [*asked, ("of_a_later_release", "1")]:
        path, query = parts.path, {**given, name: value}
        if f"{{{name}}}" in view.path:
            path, query = view.path.replace(f"{{{name}}}", quote(value)), given
        answers = [site.get(f"{start}{path}".rstrip("/") or "/", query) for start in ("", API)]
        for answer in answers:
            assert answer.status == 400, (path, name, value[:20])
            assert name in answer.text
        assert answers[1].json()["detail"]
        assert answers[0].headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_tables_show_every_kind_of_profile(kind: Any, site: Site) -> None:
    found = site.api(f"/tables/{kind.name}", tenant="demo", limit=5)
    assert [column["name"] for column in found["columns"]] == [
        block.name for block in kind.row.blocks if block.listed
    ]
    assert found["text"] == kind.text
    assert 1 <= len(found["rows"]) <= 5
    value = found["rows"][0]["value"]
    profile = site.api(f"/entities/{kind.name}", tenant="demo", value=value)
    assert [field["name"] for field in profile["fields"]] == [b.name for b in kind.row.blocks]
    page = site.get(f"/tables/{kind.name}?{urlencode({'tenant': 'demo'})}")
    assert all(column["words"] in page.text for column in found["columns"])
