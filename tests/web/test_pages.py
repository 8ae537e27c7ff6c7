"""Pages and API of the demo organisation."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from detection_stream.web.views import VIEWS
from tests.web.site import Site


def flagged(site: Site) -> Any:
    """A malicious message with several detectors."""
    rows = site.api("/verdicts", verdict="malicious", limit=200)["verdicts"]
    return next(row for row in rows if len(row["detectors"]) > 1)


def paths(site: Site) -> dict[str, str]:
    """Every view with a thing to show."""
    message = flagged(site)
    two = " ".join(sorted([message["sender"], message["recipients"][0]]))
    return {
        "/": "/",
        "/tables": "/tables",
        "/tables/{table}": "/tables/address?tenant=demo&prefix=a",
        "/entities/{kind}": f"/entities/pair?tenant=demo&value={two.replace(' ', '%20')}",
        "/networks": f"/networks?tenant=demo&value={message['sender']}",
        "/verdicts": "/verdicts?verdict=flagged",
        "/verdicts/{uid}": f"/verdicts/{message['uid']}",
        "/verdicts/{uid}/mail": f"/verdicts/{message['uid']}/mail",
        "/flow": "/flow",
        "/dead-letters": "/dead-letters",
        "/detectors": "/detectors",
        "/detectors/{detector}": "/detectors/gift_card_request",
        "/tenants": "/tenants",
        "/tenants/{tenant}": "/tenants/demo",
        "/audit": "/audit",
    }


def test_every_view_has_a_page_and_says_the_same_in_the_api(site: Site) -> None:
    found = paths(site)
    assert found.keys() == VIEWS.keys()
    for path in found.values():
        page = site.get(path)
        assert page.status == 200, path
        assert page.headers["Content-Type"].startswith("text/html")
        answer = site.get(f"/api/v1{path}".rstrip("/"))
        assert answer.status == 200, path
        assert answer.headers["Content-Type"].startswith("application/json")
        assert isinstance(answer.json(), dict)


def test_no_link_of_a_page_is_dead(site: Site) -> None:
    seen: set[str] = set()
    waiting = list(paths(site).values())
    while waiting and len(seen) < 150:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        page = site.get(path)
        assert page.status == 200, path
        links = re.findall(r'(?:href|hx-get|src)="(/[^"#]*)"', page.text)
        waiting += [html.unescape(link) for link in links if "sign-out" not in link]
    assert len(seen) == 150


def test_the_overview_counts_what_was_decided(site: Site) -> None:
    overview = site.api("", days=400)
    listed = site.listed("/verdicts", "verdicts", limit=200)
    assert overview["messages"] == len(listed) == 2_000
    assert len({row["uid"] for row in listed}) == 2_000
    for verdict, count in overview["verdicts"].items():
        assert count == sum(row["verdict"] == verdict for row in listed)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"verdict": "malicious"}, lambda row, _: row["verdict"] == "malicious"),
        ({"verdict": "flagged"}, lambda row, _: row["verdict"] in {"malicious", "suspicious"}),
        ({"attack_type": "{attack_type}"}, lambda row, m: row["attack_type"] == m["attack_type"]),
        ({"sender": "{sender}"}, lambda row, m: row["sender"] == m["sender"]),
        ({"sender": "harborlight.example"}, lambda row, _: "harborlight.example" in row["sender"]),
        ({"recipient": "{to}"}, lambda row, m: m["recipients"][0] in row["recipients"]),
        ({"detector": "{detector}"}, lambda row, m: m["detectors"][0] in row["detectors"]),
        ({"subject": "RE: "}, lambda row, _: "re: " in row["subject"].lower()),
        ({"subject": "100%_"}, lambda row, _: "100%_" in row["subject"]),
        ({"tenant": "demo", "since": "2025-02-01", "until": "2025-02-08"}, lambda *_: True),
        (
            {"recipient": "{to}", "detector": "{detector}"},
            lambda row, m: (
                m["recipients"][0] in row["recipients"] and m["detectors"][0] in row["detectors"]
            ),
        ),
    ],
)
def test_filters_find_what_fits_and_nothing_else(site: Site, query: Any, fits: Any) -> None:
    everything = site.listed("/verdicts", "verdicts", limit=200)
    message = flagged(site)
    told = {
        "{attack_type}": message["attack_type"],
        "{sender}": message["sender"],
        "{to}": message["recipients"][0],
        "{detector}": message["detectors"][0],
    }
    asked = {name: told.get(value, value) for name, value in query.items()}
    expected = [row["uid"] for row in everything if fits(row, message)]
    if "since" in asked:
        # The last day belongs to it.
        low, high = 1_738_368_000_000, 1_739_059_200_000
        expected = [row["uid"] for row in everything if low <= row["received_at"] < high]
        assert expected
    found = site.api("/verdicts", limit=200, **asked)
    assert [row["uid"] for row in found["verdicts"]] == expected[:200]


def test_a_message_says_why_in_a_sentence(site: Site) -> None:
    message = flagged(site)
    found = site.api(f"/verdicts/{message['uid']}")
    assert found["sentence"].startswith("Malicious")
    assert {fired["id"] for fired in found["fired"]} == set(message["detectors"])
    used = {signal["name"] for signal in found["signals"] if signal["used"]}
    assert used
    assert used <= {name for fired in found["fired"] for name in fired["signals"]}
    page = html.unescape(site.get(f"/verdicts/{message['uid']}").text)
    assert found["sentence"] in page
    download = site.get(f"/verdicts/{message['uid']}/download")
    assert "attachment" in download.headers["Content-Disposition"]
    assert download.json()["verdict"] == found["verdict"]


def test_usual_values_hold_most_recent_messages(site: Site) -> None:
    found = site.api(f"/verdicts/{flagged(site)['uid']}")
    told = [signal["usual"] for signal in found["signals"] if signal["usual"]]
    assert len(told) > 40
    assert all(usual["low"] <= usual["median"] <= usual["high"] for usual in told)


def test_a_profile_shows_the_row_and_what_the_index_knows(site: Site) -> None:
    sender = flagged(site)["sender"]
    found = site.api("/entities/address", tenant="demo", value=sender)
    fields = {field["name"]: field for field in found["fields"]}
    mail = site.api("/verdicts", sender=sender, limit=200)["verdicts"]
    assert fields["count"]["value"] == len(mail) == sum(found["verdicts"].values())
    assert fields["last_seen"]["value"] // 1_000 == mail[0]["received_at"] // 1_000
    assert sum(fields["hours"]["slots"]) == len(mail)
    assert found["prevalence"] in {"new", "silent", "rare", "uncommon", "common"}
    networks = site.api("/networks", tenant="demo", value=sender)
    assert networks["messages"] == min(len(mail), 25)
    assert sum(network["messages"] for network in networks["networks"]) <= networks["messages"]


def test_tables_page_through_every_row_once(site: Site) -> None:
    names = [row["value"] for row in site.listed("/tables/domain", "rows", limit=100)]
    assert len(names) == len(set(names)) > 100
    assert names == sorted(names)
    prefix = site.api("/tables/domain", tenant="demo", prefix="a", limit=200)["rows"]
    assert [row["value"] for row in prefix] == [name for name in names if name.startswith("a")]


def test_the_flow_is_that_of_the_running_app(site: Site) -> None:
    flow = site.api("/flow")
    stages = {stage["name"]: stage for stage in flow["stages"]}
    assert list(stages) == ["content", "entity", "decision"]
    assert stages["content"]["reads"] == "messages.raw"
    assert set(stages["entity"]["writes"]) == {"signals", "dead-letters"}
    topics = {topic["name"]: topic for topic in flow["topics"]}
    assert topics["verdicts"]["records"] == 2_000
    assert topics["signals"]["column"] > topics["observations"]["column"]
    assert [worker["ready"] for worker in flow["workers"]] == [True]


def test_the_form_that_finds_an_entity_needs_no_script(site: Site) -> None:
    given = {"kind": "domain", "tenant": "demo", "value": "a b&c.example", "path": "/x"}
    answer = site.get("/entities", given)
    assert answer.status == 303
    place = urlsplit(answer.headers["Location"])
    assert (place.netloc, place.path) == ("", "/entities/domain")
    assert dict(parse_qsl(place.query)) == {"tenant": "demo", "value": "a b&c.example"}
    outside = site.get("/entities", {"kind": "../..//evil.example", "tenant": "demo", "value": "x"})
    assert outside.headers["Location"].startswith("/entities/..%2F..%2F%2Fevil.example?")
