"""A member on an embedded engine."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from detection_stream.errors import StageError
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.records import Record
from detection_stream.web.members.host import Condition, Held, TopicPartition, read_one
from detection_stream.web.members.queries import Timing


class EngineHost:
    """The one process of an embedded engine."""

    partition_count = Engine.partitions

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.topology = engine.topology
        self.name = str(engine.database.directory)

    def held(self) -> Iterator[Held]:
        """All stages, one partition each."""
        for node in self.topology.stages:
            topic = node.reads.name
            state = self._engine.runners[topic].state
            yield Held(node, 0, state, self._engine.lag(topic))

    def condition(self) -> Condition:
        """No latency: records carry the mail's time, not their append time."""
        engine = self._engine
        at = engine.checkpointed_at
        age = None if at is None else time.monotonic() - at
        timings = {
            stage: Timing(1_000 * seconds / engine.apply_batches[stage], None, None)
            for stage, seconds in engine.apply_seconds.items()
        }
        return Condition(engine.failure is None, 0, 0, age, timings)

    async def extents(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, range]:
        """The offsets of logs."""
        logs = {partition: self._engine.log(*partition).extent for partition in partitions}
        return {partition: range(extent.start, extent.end) for partition, extent in logs.items()}

    async def read(self, topic: str, partition: int, extent: range) -> list[Record]:
        """One read of a log."""
        found = self._engine.log(topic, partition).read(extent.start)
        return [record for record in found if record.offset < extent.stop]

    async def attribution(self, partition: int, verdict: Record) -> Record | None:
        """Verdict and attribution are appended together, so their offsets are equal."""
        topic = self.topology.topic("attributions").name
        return await read_one(self, topic, partition, verdict.offset)

    async def append(self, topic: str, partition: int, record: Record) -> None:
        """Append to a log and wait for the checkpoint.

        Raises:
            StageError: a stage stopped.
        """
        if self._engine.failure:
            raise StageError("a stage has stopped; restart the engine")
        log = self._engine.log(topic, partition)
        log.append(record.key, record.value, record.timestamp, dict(record.headers))
        self._engine.arrived.set()
        await self._engine.durable()
