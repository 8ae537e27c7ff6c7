"""The mail itself, as harmless plain text; nothing in it is ever fetched."""

from __future__ import annotations

import asyncio
from collections import Counter

from detection_stream.errors import MessageError
from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Message
from detection_stream.model.origin import Origin
from detection_stream.parsing.json_message import parse_json
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.runtime.records import Record
from detection_stream.runtime.topology import StageNode
from detection_stream.signals.proven_identity import Authentication, believed, path_of
from detection_stream.web.index import reading
from detection_stream.web.index.verdicts import VerdictIndex
from detection_stream.web.members.host import Host, extent_of, held_of, read_one
from detection_stream.web.members.queries import (
    AttachmentInfo,
    Mail,
    MailLink,
    Network,
    Networks,
    NetworksAnswer,
    Raw,
    RawAnswer,
    VerdictFilter,
)

MAX_VIEWED_BYTES = 4 << 20
"""Larger messages are not parsed for viewing, to spare the worker."""
MAX_TEXT_CHARACTERS = 50_000
MAX_HEADER_CHARACTERS = 2_000
MAX_HEADERS = 200
MAX_LINKS = 100
MAX_ATTACHMENTS = 100
MAX_REFERENCES = 10
"""Referenced messages whose verdicts are looked up."""
MAX_NETWORK_MESSAGES = 25
"""Latest messages of an address read for its networks."""


async def raw(host: Host, query: Raw) -> RawAnswer:
    """A message by uid, while ``messages.raw`` keeps it."""
    held = held_of(host, _entry(host))
    found = _origin(host, query.uid)
    if found is None:
        return RawAnswer(partitions=held, mail=None, origin=None)
    record = await _record(host, found)
    if record is None:
        reason = "the message has expired"
        return RawAnswer(partitions=held, mail=None, origin=found, reason=reason)
    if len(record.value) > MAX_VIEWED_BYTES:
        reason = f"the message has {len(record.value):,} bytes, too large to show"
        return RawAnswer(partitions=held, mail=None, origin=found, reason=reason)
    try:
        message = await asyncio.to_thread(_parsed, record)
    except MessageError as error:
        return RawAnswer(partitions=held, mail=None, origin=found, reason=str(error))
    source = record.headers.get("source", b"").decode("utf-8", "replace")
    return RawAnswer(partitions=held, mail=_mail(message, source), origin=found)


def _entry(host: Host) -> StageNode:
    """The stage that reads mail."""
    node = host.topology.reader(host.topology.source("mail").name)
    assert node is not None
    return node


def _origin(host: Host, uid: str) -> Origin | None:
    """A message's raw record, from the table of the entry stage."""
    entry = _entry(host)
    for held in host.held():
        if held.node.name == entry.name:
            (offset,) = held.state.tables["seen"].get([uid.encode()])
            if offset is not None:
                return entry.reads.id, held.partition, int(offset)
    return None


async def _record(host: Host, origin: Origin) -> Record | None:
    source, partition, offset = origin
    topic = host.topology.source_of(source).name
    if offset not in await extent_of(host, topic, partition):
        return None
    return await read_one(host, topic, partition, offset)


def _parsed(record: Record) -> Message:
    envelope = Envelope.from_headers(record.headers)
    return parse_json(record.value) if envelope.format == "json" else parse_message(record.value)


def _believed(message: Message, record: Record) -> Authentication:
    envelope = Envelope.from_headers(record.headers)
    path = path_of(message, envelope.own_domains, envelope.reception)
    return believed(message, path, envelope.reception)


def _mail(message: Message, source: str) -> Mail:
    cut = list(message.truncated)
    headers = [(name, value) for name, values in message.headers.items() for value in values]
    for what, size, most in (
        ("headers", len(headers), MAX_HEADERS),
        ("text", len(message.text), MAX_TEXT_CHARACTERS),
        ("quoted", len(message.quoted), MAX_TEXT_CHARACTERS),
        ("links", len(message.links), MAX_LINKS),
        ("attachments", len(message.attachments), MAX_ATTACHMENTS),
    ):
        if size > most:
            cut.append(f"{what}: showing {most:,} of {size:,}")
    references = dict.fromkeys([message.in_reply_to, *message.references])
    return Mail(
        _shown(headers[:MAX_HEADERS]),
        message.text[:MAX_TEXT_CHARACTERS],
        message.quoted[:MAX_TEXT_CHARACTERS],
        [MailLink(link.url, link.text) for link in message.links[:MAX_LINKS]],
        [
            AttachmentInfo(part.filename, part.content_type, part.size, part.sha256)
            for part in message.attachments[:MAX_ATTACHMENTS]
        ],
        [name for name in references if name][:MAX_REFERENCES],
        list(message.defects),
        cut,
        source,
    )


def _shown(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers, each and all together limited in length."""
    left, shown = MAX_TEXT_CHARACTERS, []
    for name, value in headers:
        part = value[: min(MAX_HEADER_CHARACTERS, left)]
        left -= len(part)
        shown.append((name, part))
    return shown


async def networks(host: Host, index: VerdictIndex, query: Networks) -> NetworksAnswer:
    """Sending hosts and authentication results of an address's latest messages."""
    wanted = VerdictFilter(tenants=[query.tenant], sender=query.address)
    latest = await index.ask(
        lambda connection, held: reading.verdicts(
            connection, held, wanted, None, MAX_NETWORK_MESSAGES
        )
    )
    found: dict[tuple[str, str], Network] = {}
    results: Counter[str] = Counter()
    read = 0
    for row in latest.said:
        origin = _origin(host, row.uid)
        record = await _record(host, origin) if origin else None
        if record is None or len(record.value) > MAX_VIEWED_BYTES:
            continue
        try:
            message = await asyncio.to_thread(_parsed, record)
        except MessageError:
            continue
        read += 1
        hop = message.hops[0] if message.hops else None
        if hop and (hop.host or hop.address):
            key = hop.host, hop.address
            network = found.setdefault(key, Network(*key, 0, 0))
            network.messages += 1
            network.last_at = max(network.last_at, row.received_at)
        reported = _believed(message, record)
        for name in ("spf", "dkim", "dmarc"):
            if result := getattr(reported, name):
                results[f"{name}={result}"] += 1
    most = sorted(found.values(), key=lambda network: -network.messages)
    return NetworksAnswer(
        partitions=latest.partitions,
        index=latest.state,
        networks=most,
        authentication=dict(results),
        messages=read,
    )
