"""Parses raw records: the stateless part of the content stage.

It depends on the records alone, so it can run in another process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import orjson

from detection_stream.decision.columns import CONTEXT_COLUMNS
from detection_stream.errors import MessageError
from detection_stream.model.batch import Rows
from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Message
from detection_stream.model.origin import Origin, origin_columns
from detection_stream.model.signature import OperatorKeys
from detection_stream.parsing.identity import uid
from detection_stream.parsing.json_message import parse_json
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.runtime.inputs import PARTITION, Input
from detection_stream.runtime.stage import Rejected
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import signals_of
from detection_stream.stages.delivery import as_delivered
from detection_stream.stages.observe import observe, observe_person

MAX_SUBJECT_LENGTH = 300
"""Maximum characters of a subject in the verdict."""
MAX_RECIPIENTS_NAMED = 20
"""Maximum recipients in the verdict."""
USUAL_HEADERS = frozenset(
    {"from", "to", "subject", "date", "received", "message-id", "return-path", "delivered-to"}
)
"""A record with none of these is not a message."""
FINANCE = ("financ", "payroll", "account", "human res", "hr", "treasur")
"""Name prefixes of departments that handle money or salaries."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The content of raw records.

    ``messages`` has one row of level ``message`` per message, ``observations`` what they
    show about whom, ``people`` the observations of directory entries. All have the columns of the
    origin, their record.
    """

    messages: Rows | None
    observations: Rows | None
    people: tuple[Rows, ...]

    def of(self, records: Rows) -> Reading:
        """What is of some records of one partition."""
        partition, offsets = records[PARTITION][0], records["offset"]

        def own(rows: Rows) -> Rows:
            found = rows["origin_partition"] == partition
            found &= np.isin(rows["origin_offset"], offsets)
            return rows if found.all() else rows.take(np.flatnonzero(found))

        people = tuple(filter(len, map(own, self.people)))
        if self.messages is None or self.observations is None:
            return Reading(None, None, people)
        messages = own(self.messages)
        return Reading(messages if len(messages) else None, own(self.observations), people)


def read(topic: int, keys: OperatorKeys, segments: Input) -> Reading:
    """Parse records of the source with the id ``topic``, given as one segment.

    Directory entries count when one of the operator's ``keys`` has signed them.

    Raises:
        Rejected: a record cannot be read.
    """
    rows = segments[0].blocks["record"]
    people: list[Rows] = []
    read_ones: list[tuple[Origin, Envelope, Message, str]] = []
    origins = zip(repeat(topic), rows[PARTITION].tolist(), rows["offset"].tolist())
    records = zip(rows["timestamp"].tolist(), rows["value"], rows["headers"], strict=True)
    for origin, (written_at, value, headers) in zip(origins, records, strict=True):
        envelope = _envelope(headers, written_at)
        if envelope.format == "tenant":
            # The stage handles profiles: they affect other records.
            continue
        if envelope.format == "person":
            if problem := keys.problem(headers, value):
                reason = f"a directory entry does not count: {problem}"
                raise Rejected(reason, "decode", envelope.source)
            people.append(_person(origin, envelope, value))
            continue
        message, envelope = as_delivered(_parse(value, envelope), envelope, value)
        identity = uid(envelope.tenant, message.message_id, message.digest, envelope.received_at)
        read_ones.append((origin, envelope, message, identity))
    if not read_ones:
        return Reading(None, None, tuple(people))
    found, envelopes, messages, uids = map(list, zip(*read_ones, strict=True))
    signals, observations = _columns(MessageBatch(messages, envelopes), found, uids)
    return Reading(signals, observations, tuple(people))


def _columns(batch: MessageBatch, origins: list[Origin], uids: list[str]) -> tuple[Rows, Rows]:
    observations, expected = observe(batch, origins)
    count = len(origins)
    columns: dict[str, Any] = {**origin_columns(origins), "failed": np.zeros(count, dtype=np.int64)}
    columns["input"] = columns["origin_offset"]
    columns |= _context(batch, uids)
    columns |= {
        f"expected.{role}": np.array(counts, dtype=np.int64) for role, counts in expected.items()
    }
    columns |= {signal.name: signal.function(batch) for signal in signals_of("message")}
    return Rows(count, columns), observations


def _person(origin: Origin, envelope: Envelope, value: bytes) -> Rows:
    try:
        person = orjson.loads(value)
        department = str(person.get("department", "")).lower()
        flags = int(bool(person.get("vip"))), int(department.startswith(FINANCE))
        return observe_person(
            envelope.tenant,
            str(person["name"]),
            str(person["address"]),
            flags,
            envelope.received_at,
            origin,
        )
    except (orjson.JSONDecodeError, KeyError, AttributeError) as error:
        raise Rejected(f"invalid directory entry: {error!r}", "decode", envelope.source) from error


def _envelope(headers: Mapping[str, bytes], written_at: int) -> Envelope:
    try:
        return Envelope.from_headers(headers, written_at)
    except MessageError as error:
        raise Rejected(str(error), "decode") from error


def _parse(value: bytes, envelope: Envelope) -> Message:
    if envelope.format == "json":
        try:
            return parse_json(value)
        except MessageError as error:
            raise Rejected(str(error), "decode", envelope.source) from error
    message = parse_message(value)
    if not USUAL_HEADERS & message.headers.keys():
        reason = "not a message: it has none of the usual headers (From, To, Subject, Date)"
        raise Rejected(reason, "decode", envelope.source)
    return message


def _context(batch: MessageBatch, uids: list[str]) -> dict[str, Any]:
    directions = [
        "inbound" if external else "outbound" if outside else "internal"
        for external, outside in zip(batch.external, batch.outside_recipients, strict=True)
    ]
    values = {
        "uid": uids,
        "tenant": [envelope.tenant for envelope in batch.envelopes],
        "message_id": [message.message_id for message in batch.messages],
        "received_at": np.array([e.received_at for e in batch.envelopes], dtype=np.int64),
        "direction": directions,
        "sender": [message.sender.address for message in batch.messages],
        "sender_name": [message.sender.name for message in batch.messages],
        "recipients": [
            ",".join(mailbox.address for mailbox in mailboxes[:MAX_RECIPIENTS_NAMED])
            for mailboxes in batch.recipients
        ],
        "subject": [message.subject[:MAX_SUBJECT_LENGTH] for message in batch.messages],
    }
    return {name: values[name] for name in CONTEXT_COLUMNS if name in values}
