"""A digest of what the sender wrote, the same whatever hosts on the way add."""

from __future__ import annotations

import orjson
import pytest

from detection_stream.parsing.content_digest import json_digest, mail_digest
from detection_stream.parsing.identity import identify

MAIL = b"From: ann@a.example\nSubject: one\n two\nMessage-ID: <m@a>\n\nHello\nyou\n"


@pytest.mark.parametrize(
    "same",
    [
        MAIL.replace(b"\n", b"\r\n"),
        b"Received: from a by b; x\nReturn-Path: <x@y>\n" + MAIL,
        MAIL.replace(b"one\n two", b"one two"),
        MAIL + b"\n\n",
        MAIL.replace(b"From:", b"FROM:"),
        b"X-Spam-Score: 5\n" + MAIL,
    ],
)
def test_the_way_in_changes_nothing(same: bytes) -> None:
    assert mail_digest(same) == mail_digest(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"Hello", b"hello"),
        MAIL.replace(b"ann", b"bob"),
        MAIL.replace(b"one", b"1"),
        b"Reply-To: evil@b.example\n" + MAIL,
        b"Content-Type: text/html\n" + MAIL,
        b"From: first@b.example\n" + MAIL,
        b"",
    ],
)
def test_other_content_is_another_message(other: bytes) -> None:
    assert mail_digest(other) != mail_digest(MAIL)


def test_the_same_second_and_message_id_do_not_make_a_repeat() -> None:
    date = b"Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\n"
    harmless, attack = date + MAIL, date + MAIL.replace(b"Hello", b"Pay now")
    assert identify(harmless, "t")[0] == identify(attack, "t")[0]
    assert identify(harmless, "t")[1] != identify(attack, "t")[1]


def test_json_counts_without_its_order_and_what_hosts_add() -> None:
    record = {"subject": "a", "text": "b", "received_at": 5, "headers": {"Received": "x"}}
    turned = dict(reversed(record.items())) | {"received_at": 6}
    assert json_digest(orjson.dumps(record)) == json_digest(orjson.dumps(turned))
    assert json_digest(orjson.dumps(record)) != json_digest(orjson.dumps(record | {"text": "c"}))
    assert json_digest(b"no json") != json_digest(b"other")
