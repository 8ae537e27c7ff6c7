"""Time of arrival and uid of a message."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.parsing.content_digest import json_digest, mail_digest
from detection_stream.parsing.identity import (
    MAX_RECEIVED_MS,
    MIN_RECEIVED_MS,
    UNDATED,
    identify,
    identify_json,
    message_id,
    message_id_json,
    parse_date,
    received_at,
    received_at_json,
    uid,
)
from detection_stream.parsing.limits import MAX_HEADER_BLOCK_BYTES
from detection_stream.parsing.mail_head import read_head

MAY_1 = 1_714_557_600_000  # 2024-05-01T10:00:00Z
MAY_2 = MAY_1 + 86_400_000
RECEIVED = b"Received: from a by b; Wed, 1 May 2024 12:00:00 +0200 (CEST)\n"
DATE = b"Date: Thu, 2 May 2024 10:00:00 +0000\n"


def arrived_at(mail: bytes, envelope_date: int | None = None, **bounds: int) -> int | None:
    return received_at(read_head(mail).fields, envelope_date, **bounds)


def id_of(mail: bytes) -> str:
    return message_id(read_head(mail).fields)


def test_the_top_received_header_comes_first() -> None:
    later = b"Received: from x by a; Tue, 30 Apr 2024 10:00:00 +0000\n"
    assert arrived_at(DATE + RECEIVED + later, MAY_2) == MAY_1


def test_the_from_line_comes_before_the_date_header() -> None:
    assert arrived_at(DATE, MAY_1) == MAY_1


def test_the_date_header_is_the_last_resort() -> None:
    assert arrived_at(DATE) == MAY_2


def test_nothing_tells() -> None:
    assert arrived_at(b"Subject: x\n\nDate: Thu, 2 May 2024 10:00:00 +0000\n") is None


@pytest.mark.parametrize("year", ["1980", "2100", "0001", "9999"])
def test_absurd_dates_do_not_count(year: str) -> None:
    absurd = b"Received: from a by b; Wed, 1 May %s 12:00:00 +0000\n" % year.encode()
    assert arrived_at(absurd + DATE) == MAY_2
    assert arrived_at(absurd.replace(b"Received: from a by b;", b"Date:")) is None


@pytest.mark.parametrize(
    ("at", "expected"), [(MIN_RECEIVED_MS, MIN_RECEIVED_MS), (MAX_RECEIVED_MS, None), (-1, None)]
)
def test_bounds_hold_for_the_from_line(at: int, expected: int | None) -> None:
    assert arrived_at(b"", at) == expected


def test_a_received_header_without_date_does_not_count() -> None:
    assert arrived_at(b"Received: from a by b\n" + DATE) == MAY_2


def test_folded_fields_of_any_case_and_line_end() -> None:
    folded = b"X: y\nRECEIVED: from a\n\tby b;\n Wed, 1 May 2024 12:00:00 +0200\n" + DATE
    assert arrived_at(folded) == MAY_1
    assert arrived_at(folded.replace(b"\n", b"\r\n")) == MAY_1


def test_a_folded_line_is_no_field() -> None:
    assert arrived_at(b"X: y\n date: Wed, 1 May 2024 10:00:00 +0000\n") is None


def test_headers_far_behind_are_not_looked_for() -> None:
    assert arrived_at(b"X: " + b"x" * MAX_HEADER_BLOCK_BYTES + b"\n" + DATE) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"Wed, 01 May 2024 10:00:00 GMT", MAY_1),
        (b"1 May 2024 10:00 +0000", MAY_1),
        (b"Wed, 1 May 24 06:00:00 EDT", MAY_1),
        (b"Wed, 01 MAY 2024 04:30:00 -0530", MAY_1),
        (b"Wed May  1 10:00:00 2024", MAY_1),
        (b"Wed, 31 Feb 2024 10:00:00 +0000", None),
        (b"Wed, 1 May 2024 25:00:00 +0000", None),
        (b"yesterday", None),
    ],
)
def test_dates(text: bytes, expected: int | None) -> None:
    assert parse_date(text) == expected


@given(st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)))
def test_every_formatted_date_is_read_back(at: datetime) -> None:
    at = at.replace(microsecond=0, tzinfo=UTC)
    assert parse_date(format_datetime(at).encode()) == at.timestamp() * 1_000


@given(st.binary(), st.binary(), st.none() | st.integers())
def test_received_at_never_raises(received: bytes, date: bytes, envelope: int | None) -> None:
    at = arrived_at(b"Received: x;" + received + b"\nDate: " + date, envelope)
    assert at is None or MIN_RECEIVED_MS <= at < MAX_RECEIVED_MS


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON, _JSON, _JSON)
def test_json_never_raises(stamp: object, date: object, headers: object) -> None:
    document = {"received_at": stamp, "date": date, "headers": headers, "message_id": date}
    identify_json(document, b"{}", "t")
    identify_json({"headers": {"Received": headers, "message-id": date}}, b"{}", "t")


def test_json_dates_in_their_order() -> None:
    full: dict[str, Any] = {
        "received_at": "2024-05-01T12:00:00+02:00",
        "headers": {
            "received": ["from a by b; Thu, 2 May 2024 10:00:00 +0000", "nothing"],
            "Date": "Sat, 4 May 2024 10:00:00 +0000",
        },
        "date": "2024-05-03T10:00:00Z",
    }
    assert received_at_json(full) == MAY_1
    assert received_at_json(full | {"received_at": MAY_1 + 7}) == MAY_1 + 7
    assert received_at_json(full | {"received_at": True}) == MAY_2
    assert received_at_json({"headers": {}, "date": full["date"]}) == MAY_2 + 86_400_000
    assert received_at_json({"headers": {"Date": full["headers"]["Date"]}}) == MAY_2 + 172_800_000
    assert received_at_json({}) is None


def test_what_is_later_than_possible_does_not_count() -> None:
    both = RECEIVED + DATE
    assert arrived_at(both, latest=MAY_1) == MAY_1
    assert arrived_at(both, latest=MAY_1 - 1) is None
    assert arrived_at(both, MAY_1 - 5, latest=MAY_1 - 1) == MAY_1 - 5
    assert arrived_at(DATE, MAY_2 + 5, latest=MAY_2) == MAY_2
    document = {"received_at": MAY_2, "headers": {"Received": RECEIVED.decode().partition(" ")[2]}}
    assert received_at_json(document) == MAY_2
    assert received_at_json(document, MAY_1) == MAY_1
    assert identify_json(document, b"{}", "t", MAY_1 - 1)[0] == UNDATED


def test_message_id() -> None:
    assert id_of(b"Subject: x\nmessage-ID:\n <a@b> (x)\n\nMessage-ID: <c@d>") == "a@b"
    assert id_of(b"Message-ID: bare@b\r\n\r\n") == "bare@b"
    assert id_of(b"Message-ID: <>\n") == id_of(b"") == ""
    assert message_id_json({"message_id": "<a@b>", "headers": {"Message-ID": "<c@d>"}}) == "a@b"
    assert message_id_json({"headers": {"Message-ID": ["<c@d>"]}}) == "c@d"


def test_a_uid_depends_on_tenant_message_id_and_time() -> None:
    first = uid("t", "a@b", b"x", 1)
    assert len(first) == 32
    assert bytes.fromhex(first)
    assert (
        len({first, uid("u", "a@b", b"x", 1), uid("t", "b@b", b"x", 1), uid("t", "a@b", b"x", 2)})
        == 4
    )


def test_the_content_always_counts() -> None:
    assert uid("t", "a@b", b"x", 1) != uid("t", "a@b", b"y", 1)
    assert uid("t", "", b"x", 1) != uid("t", "", b"y", 1)


def test_fields_of_a_uid_do_not_run_together() -> None:
    assert uid("ta", "b", b"", 1) != uid("t", "ab", b"", 1)


@given(st.binary())
def test_a_digest_does_not_depend_on_line_ends(raw: bytes) -> None:
    raw = raw.replace(b"\r", b"")
    crlf = raw.replace(b"\n", b"\r\n")
    assert mail_digest(raw) == mail_digest(crlf)


def test_identify_puts_both_together() -> None:
    raw = b"Message-ID: <a@b>\n" + RECEIVED + b"\nHello\n"
    assert identify(raw, "t") == (MAY_1, uid("t", "a@b", mail_digest(raw), MAY_1))
    assert identify(b"Subject: x\n\n", "t")[0] == UNDATED
    document = {"message_id": "a@b", "received_at": MAY_1}
    record = orjson.dumps(document)
    assert identify_json(document, record, "t") == (
        MAY_1,
        uid("t", "a@b", json_digest(record), MAY_1),
    )
    assert identify_json({}, b"{}", "t")[0] == UNDATED
