"""Bad requests get a plain page, or a problem document in the API."""

from __future__ import annotations

import pytest

from tests.web.site import Site

UID = "0" * 32

BAD = [
    ("/tables/nonsense", 404, "the tables are"),
    ("/entities/planet?tenant=demo&value=x", 404, "the kinds are"),
    ("/entities/address?tenant=demo&value=nobody@nowhere.example", 404, "nothing is known"),
    ("/entities/address?value=a@b.c", 400, "tenant"),
    ("/entities/address?tenant=demo&value=a@b.c&at=yesterday", 400, "2026-01-31T08:00"),
    (f"/entities/address?tenant=demo&value=a@b.c&before={UID}", 404, "no message"),
    (f"/verdicts/{UID}", 404, "no verdict"),
    ("/verdicts/nonsense", 400, "uid: expected"),
    (f"/verdicts/{UID}/mail", 404, "no verdict"),
    ("/verdicts?colour=red", 400, "unknown parameter"),
    ("/verdicts?verdict=evil", 400, "evil"),
    ("/verdicts?attack_type=evil", 400, "credential_phishing"),
    ("/verdicts?limit=100000", 400, "limit"),
    ("/verdicts?since=99999999-01-01", 400, "since"),
    ("/verdicts?after=%FF%00", 400, "cursor"),
    ("/tables/address?prefix=a", 400, "choose a tenant"),
    ("/tables/address?after=e30", 400, "cursor"),
    ("/detectors/nonsense", 404, "unknown detector"),
    ("/tenants/nobody", 404, "tenant nobody not found"),
    ("/nonsense", 404, "no such page"),
    ("/dead-letters?after=x", 400, "cursor"),
]


@pytest.mark.parametrize(("path", "status", "words"), BAD)
def test_bad_requests(site: Site, path: str, status: int, words: str) -> None:
    page = site.get(path)
    assert page.status == status
    assert page.headers["Content-Type"].startswith("text/html")
    assert words.lower() in page.text.lower()
    answer = site.get(f"/api/v1{path}")
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == status
    assert words.lower() in problem["detail"].lower()
    assert problem["instance"] == f"/api/v1{path}".partition("?")[0]
    assert "Traceback" not in page.text + answer.text


def test_a_method_that_is_not_for_a_page(site: Site) -> None:
    answer = site.ask("DELETE", "/api/v1/verdicts", headers={"Content-Type": "application/json"})
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.json()["title"] == "Method Not Allowed"


def test_a_body_over_the_cap(site: Site) -> None:
    headers = {"Content-Type": "application/json"}
    answer = site.ask("POST", "/api/v1/dead-letters/retry", b" " * 100_000, headers)
    assert answer.status == 413
    assert "65,536" in answer.json()["detail"]


def test_retrying_what_is_not_there(site: Site) -> None:
    body = b'{"letter_partition": 0, "letter_offset": 5}'
    headers = {"Content-Type": "application/json"}
    answer = site.ask("POST", "/api/v1/dead-letters/retry", body, headers)
    assert answer.status == 404
    answer = site.ask("POST", "/api/v1/dead-letters/retry", b"{", headers)
    assert answer.status == 400
    answer = site.ask("POST", "/api/v1/dead-letters/retry", body, {"Content-Type": "text/plain"})
    assert answer.status in {403, 415}


def test_requests_that_are_no_http_do_no_harm(site: Site) -> None:
    assert site.ask("GET", "/verdicts?subject=" + "x" * 20_000).status == 400
    assert site.get("/").status == 200
