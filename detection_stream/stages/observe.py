"""Observations of a batch of messages: what each one shows of which entity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import xxhash

from detection_stream.decision.join import Origin
from detection_stream.model.batch import Rows
from detection_stream.model.message import Message
from detection_stream.model.observation import OBSERVATION_COLUMNS, SIGNAL_ROLES, pair_value
from detection_stream.parsing.domains import registrable
from detection_stream.profiles.sketch import HASH_BITS
from detection_stream.signals.message_batch import MessageBatch

RECIPIENT_LIMIT = 16
"""Recipients of a message whose history is looked at; mass mail would swamp the rest."""
LINK_LIMIT = 8
"""Link domains of a message whose history is looked at."""

_AFTER_NAME = re.compile(r"[@<(]")


@lru_cache(maxsize=65_536)
def member_hash(text: str) -> int:
    """A hash from 1 to 2**53 - 1; 0 for no text."""
    return (xxhash.xxh3_64_intdigest(text.encode()) >> (64 - HASH_BITS) or 1) if text else 0


@lru_cache(maxsize=65_536)
def normal_name(name: str) -> str:
    """A display name as it is compared: lower case, ``Last, First`` turned round, no address."""
    folded = _AFTER_NAME.split(name, maxsplit=1)[0].casefold().strip(" '\"")
    last, comma, first = folded.partition(",")
    turned = f"{first} {last}" if comma and first else folded
    words = " ".join(turned.replace(".", " ").split())
    return words if len(words) > 1 else ""


def observe(batch: MessageBatch, origins: list[Origin]) -> tuple[Rows, dict[str, Any]]:
    """Observations of all messages, and for each signal role how many rows each message expects."""
    rows: list[tuple[Any, ...]] = []
    expected: dict[str, list[int]] = {role: [0] * len(batch) for role in SIGNAL_ROLES}
    for place, (partition, offset) in enumerate(origins):
        envelope = batch.envelopes[place]
        common = (envelope.tenant, offset, partition, envelope.received_at)
        external = int(batch.external[place])
        for role, value, fields in _of_message(batch, place):
            if role in expected:
                expected[role][place] += 1
            rows.append((role, value, *common, external, *fields, batch.authenticated[place]))
    return _rows(rows), expected


_ORDER = (
    "role", "value", "tenant", "origin", "origin_partition", "at", "external",
    "internal", "member", "name", "side", "vip", "finance", "authenticated",
)  # fmt: skip
_Fields = tuple[int, int, int, int, int, int]
"""internal, member, name, side, vip, finance"""


def _rows(rows: list[tuple[Any, ...]]) -> Rows:
    columns: dict[str, Any] = {}
    listed = list(zip(*rows, strict=True)) or [()] * len(_ORDER)
    for name, values in zip(_ORDER, listed, strict=True):
        kind = OBSERVATION_COLUMNS[name]
        dtype = np.int64 if kind is int else np.float64
        columns[name] = list(values) if kind is str else np.array(values, dtype=dtype)
    columns["input"] = columns["origin"]
    return Rows(len(rows), columns)


def _of_message(batch: MessageBatch, place: int) -> Iterator[tuple[str, str, _Fields]]:
    message: Message = batch.messages[place]
    inside = int(not batch.external[place])
    sender = message.sender.address
    recipients = [mailbox.address for mailbox in batch.recipients[place][:RECIPIENT_LIMIT]]
    first = member_hash(recipients[0]) if recipients else 0
    name = normal_name(message.sender.name)
    if sender:
        yield "sender", sender, (inside, first, member_hash(name), 0, 0, 0)
        for recipient in recipients:
            pair, side = pair_value(sender, recipient)
            yield "pair", pair, (0, 0, 0, side, 0, 0)
        if not inside:
            domain = batch.sender_domains[place]
            yield "domain", domain, (0, first, member_hash(sender), 0, 0, 0)
        if name:
            yield "name", name, (inside, member_hash(sender), 0, 0, 0, 0)
    for recipient in recipients:
        yield "recipient", recipient, (0, 0, 0, 0, 0, 0)
    if inside:
        for domain in dict.fromkeys(map(registrable, batch.outside_recipients[place])):
            yield "written_domain", domain, (0, 0, 0, 0, 0, 0)
    for domain in batch.link_domains[place][:LINK_LIMIT]:
        if domain not in batch.envelopes[place].own_domains:
            yield "link", domain, (0, first, 0, 0, 0, 0)
    answered = {message.in_reply_to, message.references[-1] if message.references else ""}
    for answer in sorted(answered - {"", message.message_id}):
        yield "thread", answer, (0, 0, 0, 0, 0, 0)
    if message.message_id:
        yield "written", message.message_id, (inside, 0, 0, 0, 0, 0)


def observe_person(
    tenant: str,
    name: str,
    address: str,
    flags: tuple[int, int],
    at: int,
    origin: Origin,
) -> Rows:
    """Observations of one entry of the directory; ``flags`` are vip and finance."""
    partition, offset = origin
    common = (tenant, offset, partition, at, 0)
    rows = [("person", address.lower(), *common, 1, 0, 0, 0, *flags, np.nan)]
    if known := normal_name(name):
        member = member_hash(address.lower())
        rows.append(("person_name", known, *common, 1, member, 0, 0, *flags, np.nan))
    return _rows(rows)
