"""Lists and retries dead letters."""

from __future__ import annotations

from typing import Any

import msgspec

from detection_stream.errors import StageError
from detection_stream.runtime.policies import MAX_FIRST_BYTES
from detection_stream.runtime.records import Record
from detection_stream.web.members.host import Host, TopicPartition, read_one
from detection_stream.web.members.queries import (
    MAX_ROWS,
    DeadLetter,
    DeadLetters,
    DeadLettersAnswer,
    Retry,
    RetryAnswer,
)

_GONE = "the record has expired"


async def dead_letters(host: Host, query: DeadLetters) -> DeadLettersAnswer:
    """The newest dead letters of each partition held."""
    held, letters, total = _partitions(host), [], 0
    limit = min(query.limit, MAX_ROWS)
    kept = await _kept(host, held)
    for number in held:
        extent = kept[host.topology.dead_letters.name, number]
        total += len(extent)
        stop = extent.stop
        if query.before is not None:
            stop = min(stop, query.before.get(number, stop))
        wanted = range(max(extent.start, stop - limit), stop)
        for record in await _read(host, number, wanted):
            letters.append(_letter(host, number, record, kept))
    return DeadLettersAnswer(partitions=held, letters=letters, total=total)


async def retry(host: Host, query: Retry) -> RetryAnswer:
    """Append the record of a dead letter to its original topic again."""
    held, number = _partitions(host), query.letter_partition
    if number not in held:
        return RetryAnswer(partitions=held)
    found = await read_one(host, host.topology.dead_letters.name, number, query.letter_offset)
    letter = _letter(host, number, found, await _kept(host, [number])) if found else None
    if letter is None:
        problem = "no such dead letter; it may have expired"
        return RetryAnswer(partitions=held, problem=problem)
    record = await _origin(host, letter)
    if record is None or letter.retry:
        return RetryAnswer(partitions=held, problem=letter.retry, letter=letter)
    try:
        await host.append(letter.topic, letter.partition, record)
    except StageError as error:
        return RetryAnswer(partitions=held, problem=str(error), letter=letter)
    return RetryAnswer(partitions=held, sent=letter.topic, letter=letter)


def _partitions(host: Host) -> list[int]:
    """A stage's dead letters stay in the partition of its input."""
    return sorted({held.partition for held in host.held()})


async def _kept(host: Host, numbers: list[int]) -> dict[TopicPartition, range]:
    """Retained offsets of dead letters and of the topics that can be retried."""
    topics = (host.topology.dead_letters.name, *_sources(host))
    return await host.extents([(topic, number) for topic in topics for number in numbers])


def _sources(host: Host) -> list[str]:
    return [topic.name for topic in host.topology.sources]


async def _read(host: Host, number: int, extent: range) -> list[Record]:
    found: list[Record] = []
    while extent:
        records = await host.read(host.topology.dead_letters.name, number, extent)
        if not records:
            break
        found += records
        extent = range(records[-1].offset + 1, extent.stop)
    return found


def _letter(
    host: Host, number: int, record: Record, kept: dict[TopicPartition, range]
) -> DeadLetter:
    # A frame's key is its sender.
    tenant, separator, _ = (record.key or b"").decode("utf-8", "replace").partition("\0")
    tenant = tenant if separator else ""
    location = {"letter_partition": number, "letter_offset": record.offset, "at": record.timestamp}
    try:
        said = msgspec.json.decode(record.value, type=dict[str, Any])
        letter = msgspec.convert({**said, **location, "tenant": tenant, "retry": ""}, DeadLetter)
    except msgspec.MsgspecError:
        first = record.value[:MAX_FIRST_BYTES].decode("utf-8", "replace")
        reason = "not a dead letter"
        return DeadLetter(
            letter_partition=number,
            letter_offset=record.offset,
            at=record.timestamp,
            tenant=tenant,
            topic="",
            partition=-1,
            offset=-1,
            stage="",
            phase="",
            reason=reason,
            source="",
            size=len(record.value),
            first_bytes=first,
            retry=reason,
        )
    if letter.topic not in _sources(host):
        letter.retry = "frames cannot be retried: the message was decided without them"
    elif letter.offset < 0:
        letter.retry = "it is an output of the stage, not an input"
    elif letter.offset not in kept.get((letter.topic, letter.partition), ()):
        letter.retry = _GONE
    return letter


async def _origin(host: Host, letter: DeadLetter) -> Record | None:
    if letter.retry:
        return None
    found = await read_one(host, letter.topic, letter.partition, letter.offset)
    if found is None:
        letter.retry = _GONE
    return found
