"""The content stage: raw messages to message signals and observations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import orjson
import xxhash

from detection_stream.decision.columns import CONTEXT_COLUMNS
from detection_stream.errors import MessageError
from detection_stream.model.batch import IntColumn, Rows
from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Message
from detection_stream.model.observation import ROLES
from detection_stream.parsing.identity import uid
from detection_stream.parsing.json_message import parse_json
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.stage import Rejected, RowsOut
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import signals_of
from detection_stream.stages.observe import observe, observe_person
from detection_stream.state.partition import PartitionState, Transaction

SEEN_MESSAGES = 10_000_000
"""Records of a partition within which a repeat of a message is known as one."""
SUBJECT_LENGTH = 300
"""Characters of a subject that go along to the verdict."""
RECIPIENTS_NAMED = 20
"""Recipients that go along to the verdict."""
USUAL_HEADERS = frozenset(
    {"from", "to", "subject", "date", "received", "message-id", "return-path", "delivered-to"}
)
"""A record with none of these is no message."""
FINANCE = ("financ", "payroll", "account", "human res", "hr", "treasur")
"""Beginnings of department names whose people move money or salaries."""


class ContentStage:
    """Parses, drops messages seen before, computes message signals, emits observations."""

    name: ClassVar[str] = "content"
    framed: ClassVar[bool] = False
    tables: ClassVar[tuple[str, ...]] = ("seen",)

    def __init__(self, observations: str, signals: str, partitions: int) -> None:
        self._observations = observations
        self._signals = signals
        self._partitions = partitions

    def columns(self, level: str) -> Mapping[str, type]:
        """The input has single records, so no columns by level."""
        return {}

    def open(self, state: PartitionState) -> None:
        """Nothing is kept between batches but the table of seen messages."""
        self._partition = state.partition

    def pending(self, state: PartitionState) -> int:
        """Never waits for other rows."""
        return 0

    def give_up(self, segments: Input, transaction: Transaction, reason: str) -> None:
        """Nobody waits for a message that was never read."""

    def apply(self, segments: Input, transaction: Transaction) -> None:
        """One input is one segment of raw records."""
        rows = segments[0].blocks["record"]
        messages: list[tuple[int, Envelope, Message, str]] = []
        for offset, value, headers in zip(
            rows["offset"].tolist(), rows["value"], rows["headers"], strict=True
        ):
            envelope = _envelope(headers)
            if envelope.format == "person":
                self._person(offset, envelope, value, transaction)
                continue
            message = _parse(value, envelope)
            identity = uid(envelope.tenant, message.message_id, value, envelope.received_at)
            messages.append((offset, envelope, message, identity))
        fresh = _fresh(messages, transaction)
        if fresh:
            self._emit(fresh, transaction)

    def _person(
        self, offset: int, envelope: Envelope, value: bytes, transaction: Transaction
    ) -> None:
        try:
            person = orjson.loads(value)
            department = str(person.get("department", "")).lower()
            flags = int(bool(person.get("vip"))), int(department.startswith(FINANCE))
            rows = observe_person(
                envelope.tenant,
                str(person["name"]),
                str(person["address"]),
                flags,
                envelope.received_at,
                offset,
                self._partition,
            )
        except (orjson.JSONDecodeError, KeyError, AttributeError) as error:
            raise Rejected(f"no directory entry: {error!r}", "decode", envelope.source) from error
        self._observe(rows, transaction)

    def _observe(self, rows: Rows, transaction: Transaction) -> None:
        partitions = None
        if self._partitions > 1:
            partitions = entity_partition(rows, self._partitions)
        transaction.outputs.append(RowsOut(self._observations, "observation", rows, partitions))

    def _emit(
        self, fresh: list[tuple[int, Envelope, Message, str]], transaction: Transaction
    ) -> None:
        offsets = [offset for offset, _, _, _ in fresh]
        batch = MessageBatch(
            [message for _, _, message, _ in fresh], [envelope for _, envelope, _, _ in fresh]
        )
        observations, expected = observe(batch, offsets, self._partition)
        columns: dict[str, Any] = {
            "input": np.array(offsets, dtype=np.int64),
            "origin": np.array(offsets, dtype=np.int64),
            "origin_partition": np.full(len(fresh), self._partition, dtype=np.int64),
            "failed": np.zeros(len(fresh), dtype=np.int64),
        }
        columns |= _context(batch, [identity for _, _, _, identity in fresh])
        columns |= {
            f"expected.{role}": np.array(counts, dtype=np.int64)
            for role, counts in expected.items()
        }
        columns |= {signal.name: signal.function(batch) for signal in signals_of("message")}
        # The message's row goes out first, so that a join starts with what it has to wait for.
        transaction.outputs.append(
            RowsOut(self._signals, "message", Rows(len(fresh), columns), None)
        )
        if len(observations):
            self._observe(observations, transaction)


def entity_partition(rows: Rows, partitions: int) -> IntColumn:
    """Partition of each observation: by tenant, kind of entity and value."""
    kinds = {role.name: role.kind for role in ROLES}
    return np.array(
        [
            xxhash.xxh3_64_intdigest(f"{tenant}\0{kinds[role]}\0{value}".encode()) % partitions
            for tenant, role, value in zip(rows["tenant"], rows["role"], rows["value"], strict=True)
        ],
        dtype=np.int64,
    )


def _envelope(headers: Mapping[str, bytes]) -> Envelope:
    try:
        return Envelope.from_headers(headers)
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
        reason = "no message: none of the usual headers (From, To, Subject, Date) is in it"
        raise Rejected(reason, "decode", envelope.source)
    return message


def _fresh(
    messages: list[tuple[int, Envelope, Message, str]], transaction: Transaction
) -> list[tuple[int, Envelope, Message, str]]:
    """The messages whose uid was not seen among the last ``SEEN_MESSAGES`` records."""
    keys = [identity.encode() for _, _, _, identity in messages]
    stored = transaction.get("seen", keys)
    seen: dict[bytes, int] = {
        key: int(value) for key, value in zip(keys, stored, strict=True) if value is not None
    }
    fresh, changes = [], {}
    for key, entry in zip(keys, messages, strict=True):
        before = seen.get(key)
        if before is not None and before > entry[0] - SEEN_MESSAGES:
            transaction.progress.count("repeats")
            continue
        seen[key] = entry[0]
        changes[key] = str(entry[0]).encode()
        fresh.append(entry)
    transaction.put("seen", dict(changes))
    transaction.progress.count("messages", len(fresh))
    return fresh


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
            ",".join(mailbox.address for mailbox in mailboxes[:RECIPIENTS_NAMED])
            for mailboxes in batch.recipients
        ],
        "subject": [message.subject[:SUBJECT_LENGTH] for message in batch.messages],
    }
    return {name: values[name] for name in CONTEXT_COLUMNS}
