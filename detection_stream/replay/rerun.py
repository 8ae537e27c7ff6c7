"""Reruns one stage on its recorded input, to compare with its live output."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

from detection_stream.errors import InputError
from detection_stream.replay.snapshot import state_directory
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.runtime.readers import Readers
from detection_stream.runtime.records import Batch, Record
from detection_stream.runtime.runner import Runner
from detection_stream.runtime.topic import Topic, TopicRole
from detection_stream.runtime.topology import StageNode, Topology
from detection_stream.state.database import Database

STATE_RECORDS = 20_000
"""Records between writes of a partition's state, which free memory."""

Take = Callable[[str, int, bytes, bool], None]
"""Called per output: topic, partition, value, and whether live must have written it."""


@dataclass(frozen=True, slots=True)
class Share:
    """Some partitions of one stage; small, so it can be sent to another process.

    ``snapshot`` is a folder with the initial state, None for an empty one.
    """

    connection: Connection
    blueprint: Blueprint
    stage_name: str
    partitions: int
    numbers: tuple[int, ...]
    snapshot: Path | None = None

    @property
    def topology(self) -> Topology:
        """The topology of the stage."""
        return _topology(self.blueprint, self.partitions)

    @property
    def node(self) -> StageNode:
        """The stage in its flow."""
        return self.topology.stage(self.stage_name)

    @property
    def topic(self) -> str:
        """Its input topic."""
        return self.node.reads.name

    @property
    def named_by(self) -> dict[str, tuple[str, ...]]:
        """The fields that name an event of each topic."""
        return {topic.name: topic.named_by for topic in self.topology.topics}


@cache
def _topology(blueprint: Blueprint, partitions: int) -> Topology:
    return blueprint.topology(partitions)


class Rerun:
    """A share's stage with its own state; outputs go to ``take``."""

    def __init__(self, share: Share, directory: Path, take: Take) -> None:
        self._share = share
        self._take = take
        self._databases = {number: self._open(directory, number) for number in share.numbers}
        self._required = False
        self._written: dict[int, int] = {}
        prepare = share.node.stage.preparation()
        self._readers = Readers(prepare, 1) if prepare else None
        self._runners = {
            number: Runner.open(share.node, database, number, self)
            for number, database in self._databases.items()
        }

    def _open(self, directory: Path, number: int) -> Database:
        place = directory / str(number)
        if self._share.snapshot is not None:
            kept = state_directory(self._share.snapshot, self._share.stage_name, number)
            shutil.copytree(kept, place)
        return Database(place)

    def applied(self, number: int) -> int:
        """Last input offset that the state holds."""
        return self._runners[number].state.progress.applied

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Take an output of the runner."""
        self._take(topic, partition, value, self._required)

    def apply(self, number: int, records: list[Record], committed: int) -> None:
        """Apply records; live must have written the outputs of those below ``committed``."""
        settled = [record for record in records if record.offset < committed]
        for part, required in ((settled, True), (records[len(settled) :], False)):
            if part:
                self._required = required
                self._apply(self._runners[number], Batch(self._share.topic, number, part))
        self._written[number] = self._written.get(number, 0) + len(records)
        if self._written[number] > STATE_RECORDS:
            self._written[number] = 0
            self._runners[number].state.save(self._databases[number])

    def _apply(self, runner: Runner, batch: Batch) -> None:
        rows = runner.completed(batch) if self._readers else None
        known = self._readers.read_now(rows) if self._readers and rows is not None else None
        runner.apply(batch, known)

    def close(self) -> None:
        """Release the state, and end the readers."""
        if self._readers:
            self._readers.close()
        for database in self._databases.values():
            database.close()


@dataclass(frozen=True, slots=True)
class Rerunning:
    """What a rerun read: the number of records, and each partition's offset before them."""

    inputs: int
    before: dict[int, int]


def rerun(share: Share, take: Take) -> Rerunning:
    """Run a share on its input, from the snapshot or the first record.

    Raises:
        InputError: the input from there has expired.
    """
    group = share.topology.group
    with RecordedTopics(share.connection) as recorded, tempfile.TemporaryDirectory() as scratch:
        again = Rerun(share, Path(scratch), take)
        try:
            before = {number: again.applied(number) for number in share.numbers}
            extents = {
                number: _left(share, number, recorded.extent(share.topic, number), applied + 1)
                for number, applied in before.items()
            }
            committed = recorded.committed(group, share.topic, share.partitions)
            for number, records in recorded.read(share.topic, extents):
                again.apply(number, records, committed[number])
        finally:
            again.close()
        return Rerunning(sum(map(len, extents.values())), before)


def _left(share: Share, number: int, extent: range, begin: int) -> range:
    partition = f"{share.topic}/{number}"
    if extent.start > begin:
        raise InputError(
            f"{partition}: records {begin} to {extent.start - 1} have expired; "
            "the state at the first remaining record is unknown, so nothing can be verified "
            "without a later --snapshot"
        )
    if extent.stop < begin:
        raise InputError(
            f"{partition} ends at {extent.stop}, before the snapshot, which is from another topic"
        )
    return range(begin, extent.stop)


def written_live(share: Share, take: Callable[[str, int, Record], None]) -> None:
    """Pass on every record that the share's stage wrote, including repeats."""
    with RecordedTopics(share.connection) as recorded:
        for topic in share.node.writes:
            framed = topic.role is TopicRole.INTERNAL
            wanted = range(share.partitions) if framed else share.numbers
            extents = {number: recorded.extent(topic.name, number) for number in wanted}
            for number, records in recorded.read(topic.name, extents):
                for record in _own(share, topic, records):
                    take(topic.name, number, record)


def _own(share: Share, topic: Topic, records: list[Record]) -> Iterator[Record]:
    """The records sent by the share's stage."""
    if topic.role is TopicRole.INTERNAL:
        senders = {f"{share.topic}/{number}".encode() for number in share.numbers}
        yield from (record for record in records if record.key in senders)
    elif topic.role is TopicRole.DEAD_LETTERS:
        for record in records:
            if orjson.loads(record.value)["stage"] == share.stage_name:
                yield record
    else:
        for record in records:
            if orjson.loads(record.value).get("state_version", 1) == share.blueprint.version:
                yield record
