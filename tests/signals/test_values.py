"""Signals that no shipped rule reads, held against small histories and messages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from detection_stream.model.batch import Rows
from detection_stream.model.envelope import Envelope
from detection_stream.model.message import (
    Address,
    Attachment,
    Hop,
    Link,
    Message,
    MethodResult,
    ReportedResults,
)
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.ownership import PROVEN
from detection_stream.profiles.records import Records
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import all_signals

SIGNALS = {signal.name: signal for signal in all_signals()}
HOUR, DAY = 3_600, 86_400
NOW = 20_000 * DAY + 12 * HOUR
ANN, BOB = Address("Ann", "ann@a.example"), Address("Bob", "bob@b.example")


def _reported(method: str, result: str) -> Message:
    field = ReportedResults("authentication-results", "mx", 0, (MethodResult(method, result),))
    return Message(results=(field,))


def _with_file(*, encrypted: bool) -> Message:
    file = Attachment("a.zip", "application/zip", 9, "", b"PK", format="zip", encrypted=encrypted)
    return Message(attachments=(file,))


def _told(name: str, message: Message) -> float:
    batch = MessageBatch([message], [Envelope("t", frozenset({"b.example"}), NOW * 1_000)])
    return float(SIGNALS[name].function(batch)[0])


@pytest.mark.parametrize(
    ("name", "message", "value"),
    [
        ("message.dkim_fail", _reported("dkim", "fail"), 1),
        ("message.dkim_fail", _reported("dkim", "pass"), 0),
        ("message.dkim_fail", Message(), np.nan),
        ("message.spf_fail", _reported("spf", "softfail"), 1),
        ("message.spf_fail", _reported("spf", "neutral"), 0),
        ("message.dmarc_pass", _reported("dmarc", "bestguesspass"), 1),
        ("message.dmarc_pass", _reported("dmarc", "fail"), 0),
        ("message.received_hops", Message(hops=(Hop("a", ""), Hop("b", ""))), 2),
        ("message.recipient_count", Message(to=(BOB, ANN), cc=(BOB,), bcc=(Address("", ""),)), 2),
        ("message.remote_images", Message(remote_images=4), 4),
        ("message.attachment_encrypted", _with_file(encrypted=True), 1),
        ("message.attachment_encrypted", _with_file(encrypted=False), 0),
        ("message.sender_missing", Message(sender=Address("Ann", "")), 1),
        ("message.sender_missing", Message(sender=ANN), 0),
        ("message.hidden_language", Message(hidden_text="Please buy gift cards"), 1),
        ("message.hidden_language", Message(text="Please buy gift cards"), 0),
        ("message.buried_language", Message(attached_text="Please buy gift cards"), 1),
        ("message.buried_language", Message(hidden_text="Please buy gift cards"), 1),
        ("message.buried_language", Message(text="gift cards", quoted="gift cards"), 0),
        ("message.quoted_language", Message(quoted="gift cards", in_reply_to="a@b.example"), 1),
        ("message.quoted_language", Message(quoted="gift cards"), 0),
        ("message.hidden_share", Message(text="a b", hidden_characters=6), 0.75),
        ("message.hidden_share", Message(text="a b"), 0),
        (
            "message.link_host_count",
            Message(links=tuple(Link("", host, "") for host in ("x.example", "x.example", "y"))),
            2,
        ),
    ],
)
def test_of_a_message(name: str, message: Message, value: float) -> None:
    np.testing.assert_equal(_told(name, message), value)


def _observed(role: str, at: int, fields: dict[str, float]) -> Rows:
    columns: dict[str, Any] = {
        name: np.array([fields.get(name, PROVEN if name == "proof" else 0)], dtype=type_)
        for name, type_ in KINDS.column_types.items()
        if type_ is not str
    }
    columns["role"] = np.array([KINDS.kind_of[role].codes[role]])
    return Rows(1, {**columns, **dict.fromkeys(("seconds", "clock"), np.array([at]))})


def _profile(role: str, *seen: tuple[str, int, dict[str, float]]) -> Records:
    kind = KINDS.kind_of[role]
    rows = kind.row.empty(1)
    for what, ago, fields in seen:
        kind.update(rows, _observed(what, NOW - ago, fields))
    return rows


LATELY = tuple(ago for ago in (40 * DAY, 20 * DAY, 5 * HOUR, 600, 300))
"""Five messages, of which four are of the last 30 days, three of the day, two of the hour."""


@pytest.mark.parametrize(
    ("name", "history", "fields", "value"),
    [
        ("sender.messages_1d", [("sender", ago, {}) for ago in LATELY], {}, 3),
        ("sender.days_since_last", [("sender", 3 * DAY, {})], {}, 3),
        ("sender.days_since_last", [], {}, np.nan),
        ("recipient.messages_1h", [("recipient", ago, {}) for ago in LATELY], {}, 2),
        ("recipient.messages_30d", [("recipient", ago, {}) for ago in LATELY], {}, 4),
        ("recipient.burst", [("recipient", ago, {}) for ago in LATELY], {}, 1),
        ("recipient.vip", [("person", DAY, {"vip": 1})], {}, 1),
        ("recipient.vip", [("person", DAY, {"finance": 1})], {}, 0),
        ("domain.senders", [("domain", DAY, {"address": one}) for one in (64, 65, 64)], {}, 2),
        ("link.days_known", [("link", 9 * DAY, {}), ("link", DAY, {})], {}, 9),
        ("link.days_known", [], {}, np.nan),
        ("link.recipients", [("link", DAY, {"recipient": one}) for one in (64, 65, 64)], {}, 2),
        ("name.addresses", [("name", DAY, {"address": one}) for one in (5, 6, 5)], {}, 2),
        ("pair.messages_30d", [("pair", ago, {"side": 1}) for ago in LATELY], {}, 4),
        ("pair.days_since_last", [("pair", 2 * DAY, {"side": 1})], {"side": 0}, 2),
        ("pair.replied", [("pair", DAY, {"side": s}) for s in (1, 1, 0)], {"side": 0}, 2),
        ("thread.replies", [("written", 2 * DAY, {}), ("thread", DAY, {})], {}, 1),
    ],
)
def test_of_a_profile(
    name: str,
    history: list[tuple[str, int, dict[str, float]]],
    fields: dict[str, float],
    value: float,
) -> None:
    signal = SIGNALS[name]
    rows = _profile(signal.level, *history)
    told = signal.function(rows, _observed(signal.level, NOW, fields))
    np.testing.assert_allclose(told, [value], rtol=0.02)
