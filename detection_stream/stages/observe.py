"""Observations of a batch of messages: what each shows about which entity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import signature
from typing import Any

import numpy as np
import xxhash

from detection_stream.model.batch import Rows
from detection_stream.model.entity import pair_value
from detection_stream.model.message import Message
from detection_stream.model.origin import Origin, origin_columns
from detection_stream.parsing.domains import registrable, within
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.ownership import CLAIMED, NOT_LEARNT, PROVEN
from detection_stream.profiles.sketch import HASH_BITS
from detection_stream.short_cache import short_cache
from detection_stream.signals.automatic import is_marked
from detection_stream.signals.lists import names
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.proven_identity import network_of

MAX_RECIPIENTS = 16
"""Maximum recipients per message whose history is used; mass mail would swamp the rest."""
UNDISCLOSED = "undisclosed"
"""Stands for the recipient of mail that names none."""
UNNAMED = "unnamed"
"""Stands for the domain of mail that names none; nothing is learnt about it."""
MAX_LINK_DOMAINS = 8
"""Maximum link domains per message whose history is used."""

_AFTER_NAME = re.compile(r"[@<(]")


@short_cache(65_536)
def member_hash(text: str) -> int:
    """A hash from 1 to 2**53 - 1; 0 for empty text."""
    return (xxhash.xxh3_64_intdigest(text.encode()) >> (64 - HASH_BITS) or 1) if text else 0


@short_cache(65_536)
def normal_name(name: str) -> str:
    """Normalise a display name: lower case, ``Last, First`` swapped, no address."""
    folded = _AFTER_NAME.split(name, maxsplit=1)[0].casefold().strip(" '\"")
    last, comma, first = folded.partition(",")
    turned = f"{first} {last}" if comma and first else folded
    words = " ".join(turned.replace(".", " ").split())
    return words if len(words) > 1 else ""


def observe(batch: MessageBatch, origins: list[Origin]) -> tuple[Rows, dict[str, Any]]:
    """Observations of all messages, and for each level how many rows each message expects."""
    rows: list[_ObservationRow] = []
    seen: list[Origin] = []
    expected: dict[str, list[int]] = {role: [0] * len(batch) for role in KINDS.levels}
    for index, origin in enumerate(origins):
        envelope = batch.envelopes[index]
        common = (envelope.tenant, envelope.received_at)
        for role, value, fields in _of_message(batch, index):
            if not value:
                continue
            if role in expected:
                expected[role][index] += 1
            rows.append((role, value, *common, *fields, batch.authenticated[index]))
            seen.append(origin)
    return _rows(rows, seen), expected


_Fields = tuple[int, ...]


def _fields(
    *,
    proof: int = 0,
    by_hand: int = 0,
    internal: int = 0,
    recipient: int = 0,
    address: int = 0,
    domain: int = 0,
    display_name: int = 0,
    side: int = 0,
    vip: int = 0,
    finance: int = 0,
) -> _Fields:
    """The fields of one observation; what it does not have is 0.

    A plain tuple: several are made for every message, and a named one costs twice as much.
    """
    return proof, by_hand, internal, recipient, address, domain, display_name, side, vip, finance


_NONE = _fields()
_ORDER = (
    "role",
    "value",
    "tenant",
    "at",
    *signature(_fields).parameters,
    "authenticated",
)
_ObservationRow = tuple[Any, ...]
"""The values of ``_ORDER``."""


def _rows(rows: list[_ObservationRow], origins: list[Origin]) -> Rows:
    columns: dict[str, Any] = {}
    listed = list(zip(*rows, strict=True)) or [()] * len(_ORDER)
    for name, values in zip(_ORDER, listed, strict=True):
        kind = KINDS.column_types[name]
        dtype = np.int64 if kind is int else np.float64
        columns[name] = list(values) if kind is str else np.array(values, dtype=dtype)
    columns |= origin_columns(origins)
    columns["input"] = columns["origin_offset"]
    return Rows(len(rows), columns)


def _of_message(batch: MessageBatch, index: int) -> Iterator[tuple[str, str, _Fields]]:
    message: Message = batch.messages[index]
    inside = int(not batch.external[index])
    by_hand = int(inside and not batch.automatic[index])
    recipients = [mailbox.address for mailbox in batch.recipients[index][:MAX_RECIPIENTS]]
    first = member_hash(recipients[0]) if recipients else 0
    if message.sender.address:
        yield from _of_sender(batch, index, recipients, first)
    for recipient in recipients:
        yield "recipient", recipient, _fields(by_hand=by_hand)
    if by_hand:
        for domain in dict.fromkeys(map(registrable, batch.outside_recipients[index])):
            yield "written_domain", domain, _NONE
    if is_marked(message):
        mailer = batch.mailers[index]
        proof = PROVEN if mailer else NOT_LEARNT
        yield "mailer", mailer or batch.sender_domains[index] or UNNAMED, _fields(proof=proof)
    for domain in batch.link_domains[index][:MAX_LINK_DOMAINS]:
        if domain not in batch.envelopes[index].own_domains:
            yield "link", domain, _fields(recipient=first)
    answered = {message.in_reply_to, message.references[-1] if message.references else ""}
    party = _party(message.sender.address)
    for answer in sorted(answered - {"", message.message_id}):
        yield "thread", answer, party
    yield "copy", message.message_id, _NONE
    if inside:
        yield "written", message.message_id, _fields(by_hand=by_hand)
    if by_hand and batch.outside_recipients[index]:
        for recipient in recipients:
            if not within(recipient.rpartition("@")[2], batch.envelopes[index].own_domains):
                yield "addressed", message.message_id, _party(recipient)


def _party(address: str) -> _Fields:
    """An address and its domain; a free-mail domain belongs to nobody."""
    domain = registrable(address.rpartition("@")[2]) if "@" in address else ""
    known = "" if domain in names("freemail") else domain
    return _fields(address=member_hash(address), domain=member_hash(known))


def _of_sender(
    batch: MessageBatch, index: int, recipients: list[str], first: int
) -> Iterator[tuple[str, str, _Fields]]:
    message: Message = batch.messages[index]
    sender = message.sender.address
    inside = int(not batch.external[index])
    proof = _proof(batch, index)
    name = normal_name(message.sender.name)
    hashed = member_hash(sender)
    yield "sender", sender, _fields(proof=proof, recipient=first, display_name=member_hash(name))
    # What a program of the organisation sends says nothing about whom its people know.
    paired = NOT_LEARNT if inside and batch.automatic[index] else proof
    for recipient in recipients or [UNDISCLOSED]:
        pair, side = pair_value(sender, recipient)
        yield "pair", pair, _fields(proof=paired, side=side)
    if not inside:
        domain = batch.sender_domains[index]
        yield "domain", domain, _fields(proof=proof, recipient=first, address=hashed)
    yield "name", name, _fields(proof=proof, internal=inside, address=hashed)
    if proof == NOT_LEARNT:
        yield "route", f"{sender} {network_of(batch.paths[index].peer)}", _NONE


def _proof(batch: MessageBatch, index: int) -> int:
    if not batch.external[index] or batch.authenticated[index] == 1.0:
        return PROVEN
    return NOT_LEARNT if batch.sender_own[index] else CLAIMED


def observe_person(
    tenant: str,
    name: str,
    address: str,
    flags: tuple[int, int],
    at: int,
    origin: Origin,
) -> Rows:
    """Observations of one entry of the directory; ``flags`` are vip and finance."""
    vip, finance = flags
    person = _fields(internal=1, vip=vip, finance=finance)
    rows: list[_ObservationRow] = [("person", address.lower(), tenant, at, *person, np.nan)]
    if known := normal_name(name):
        member = member_hash(address.lower())
        named = _fields(internal=1, address=member, vip=vip, finance=finance)
        rows.append(("person_name", known, tenant, at, *named, np.nan))
    return _rows(rows, [origin] * len(rows))
