"""Lists and retries dead letters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from detection_stream.model.envelope import Envelope
from detection_stream.runtime.embedded.log import Logs
from detection_stream.runtime.policies import dead_letter
from detection_stream.runtime.topic import Retention
from detection_stream.state.database import Database, new_batch
from tests.web.site import Site, run_files, web

pytestmark = pytest.mark.slow

GOOD = b"From: a@b.example\nTo: c@acme.example\nSubject: read at last\nMessage-ID: <1@b>\n\nHi\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory with a broken record, a letter about a good one, and one about a cut one."""
    mail = tmp_path / "mail"
    mail.mkdir()
    (mail / "broken.eml").write_bytes(b"X-Nothing: 1\n\nno message at all")
    data = tmp_path / "data"
    run_files(data, mail, tenant="acme", own_domain="acme.example")
    return data


def add_letters(data: Path, *places: tuple[str, int]) -> None:
    """Dead letters as stages write them, about records of these topics and offsets."""
    database = Database(data, create=False)
    logs = Logs(database, {"dead-letters": Retention(1 << 30, 1 << 30)})
    log = logs.partition("dead-letters", 0)
    for topic, offset in places:
        value = dead_letter(
            topic, 0, offset, stage="content", phase="process", reason="an error", value=b"x"
        )
        log.append(b"acme\0x", value, 1_000)
    batch = new_batch()
    log.write(batch, applied=-1)
    database.write(batch)
    database.close()


def add_raw(data: Path, value: bytes) -> int:
    """A record of ``messages.raw`` that the content stage takes for applied."""
    database = Database(data, create=False)
    logs = Logs(database, {"messages.raw": Retention(1 << 30, 1 << 30)})
    log = logs.partition("messages.raw", 0)
    headers = Envelope("acme", frozenset({"acme.example"}), 1_750_000_000_000).headers()
    offset = log.append(b"acme\x001@b", value, 1_750_000_000_000, headers)
    family = database.family("progress:content:0")
    progress = orjson.loads(family.get([b"progress"])[0] or b"")
    batch = new_batch()
    log.write(batch, applied=-1)
    batch.put(b"progress", orjson.dumps({**progress, "applied": offset}), family.handle)
    database.write(batch)
    database.close()
    return offset


def letters(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.api("/dead-letters")["letters"]
    return found


def test_a_record_that_can_be_read_by_now_is_decided(data: Path) -> None:
    offset = add_raw(data, GOOD)
    add_letters(data, ("messages.raw", offset))
    site = web(data)
    try:
        assert site.api("/verdicts")["verdicts"] == []
        letter = next(one for one in letters(site) if one["offset"] == offset)
        page = site.get("/dead-letters").text
        (csrf,) = set(re.findall(r'name="csrf" value="([^"]+)"', page))
        place = f"letter_partition=0&letter_offset={letter['letter_offset']}&csrf={csrf}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        sent = site.ask("POST", "/dead-letters/retry", place.encode(), headers)
        assert sent.status == 200, sent.text
        assert "was appended to messages.raw" in sent.text
        (verdict,) = site.api("/verdicts")["verdicts"]
        assert verdict["subject"] == "read at last"
        (change,) = changes(site)
        assert change["action"] == "retry dead letter"
    finally:
        site.close()
    again = web(data)
    try:
        assert len(again.api("/verdicts")["verdicts"]) == 1
        assert len(changes(again)) == 1
    finally:
        again.close()


def changes(site: Site) -> list[dict[str, Any]]:
    """What the audit log has of changes, reads apart."""
    return [one for one in site.api("/audit")["changes"] if not one["action"].startswith("read")]


def test_a_record_that_is_still_broken_is_a_dead_letter_again(data: Path) -> None:
    site = web(data)
    try:
        (letter,) = letters(site)
        body = orjson.dumps({n: letter[n] for n in ("letter_partition", "letter_offset")})
        headers = {"Content-Type": "application/json"}
        sent = site.ask("POST", "/api/v1/dead-letters/retry", body, headers)
        assert sent.status == 200
        first, second = letters(site)
        assert {first["reason"], second["reason"]} == {letter["reason"]}
        assert {first["offset"], second["offset"]} == {0, 1}
    finally:
        site.close()


def test_what_cannot_be_sent_again_says_why(data: Path) -> None:
    add_letters(data, ("messages.raw", 99), ("observations", 0))
    site = web(data)
    try:
        told = {one["letter_offset"]: one["retry"] for one in letters(site)}
        assert told[0] == ""
        assert "has expired" in told[1]
        assert "frames cannot be retried" in told[2]
        headers = {"Content-Type": "application/json"}
        for offset, reason in told.items():
            body = b'{"letter_partition": 0, "letter_offset": %d}' % offset
            sent = site.ask("POST", "/api/v1/dead-letters/retry", body, headers)
            assert sent.status == (409 if reason else 200)
        assert len(changes(site)) == 1
    finally:
        site.close()


def test_letters_page_through(data: Path) -> None:
    add_letters(data, *[("messages.raw", number) for number in range(30)])
    site = web(data)
    try:
        found = site.listed("/dead-letters", "letters", limit=7)
        seen = [one["letter_offset"] for one in found]
        assert sorted(seen) == list(range(31))
    finally:
        site.close()
