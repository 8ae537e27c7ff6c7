"""The Faust transport of URL scheme ``embedded``: a consumer on the logs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from faust.transport import base, consumer
from faust.types import TP

from detection_stream.runtime.consumer import BatchConsumer
from detection_stream.runtime.records import Batch, Record

IDLE_SECONDS = 0.05
"""How long a fetch waits for new records before it checks whether to stop."""


class EmbeddedConsumer(BatchConsumer, consumer.Consumer):  # type: ignore[misc] # Faust publishes no types
    """Reads batches from the logs of this process; it owns every partition."""

    consumer_stopped_errors: ClassVar[tuple[type[BaseException], ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.engine = self.app.engine
        self._positions: dict[TP, int] = {}
        self._first: asyncio.Task[None] | None = None

    async def checkpoint(self) -> None:
        """Write log, state and offsets at once."""
        self.engine.checkpoint()

    def _batch(self, tp: TP, records: Any) -> Batch:
        return Batch(tp.topic, tp.partition, records)

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Take over all partitions, in a task because Faust holds a lock around this call."""
        assigned = {
            TP(topic, partition)
            for topic in set(topics) & self.engine.runners.keys()
            for partition in range(self.engine.partitions)
        }
        self._positions = {tp: self.engine.applied(*tp) + 1 for tp in assigned}
        self._first = asyncio.create_task(self._assign(assigned))

    async def _assign(self, assigned: set[TP]) -> None:
        self.app.on_rebalance_start()
        await self.on_partitions_assigned(assigned)

    async def _getmany(
        self, active_partitions: set[TP] | None, timeout: float
    ) -> dict[TP, list[Record]]:
        found = self._fetch(active_partitions)
        if not found:
            self.engine.arrived.clear()
            try:
                await asyncio.wait_for(self.engine.arrived.wait(), IDLE_SECONDS)
            except TimeoutError:
                return {}
            found = self._fetch(active_partitions)
        return found

    def _fetch(self, active: set[TP] | None) -> dict[TP, list[Record]]:
        found: dict[TP, list[Record]] = {}
        wanted = [tp for tp in self._positions if active is None or tp in active]
        for tp in self.engine.accepted(wanted):
            records = self.engine.log(*tp).read(self._positions[tp])
            if records:
                found[tp] = records
                self._positions[tp] = records[-1].offset + 1
        return found

    def _to_message(self, tp: TP, record: Any) -> Any:
        raise NotImplementedError("use getmany, which makes batches")

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        await self.checkpoint()
        return True

    async def perform_seek(self) -> None:
        """Seek to the applied offset; there are no group offsets."""
        await self.seek_to_committed()

    async def seek_back(self, partitions: Iterable[TP]) -> None:
        """Seek to the applied offset."""
        await self.seek_to_committed()

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek to the applied offset."""
        self._positions = {tp: self.engine.applied(*tp) + 1 for tp in self._positions}
        return self._positions

    async def _seek(self, partition: TP, offset: int) -> None:
        self._positions[partition] = offset

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek to offsets; there are no changelogs, so nothing to restore."""
        for tp, offset in partitions.items():
            if tp in self._positions:
                self._positions[tp] = offset

    async def position(self, tp: TP) -> int | None:
        """Next offset to read."""
        return self._positions.get(tp)

    def assignment(self) -> set[TP]:
        """All partitions."""
        return set(self._positions)

    def highwater(self, tp: TP) -> int:
        """Offset after the last record."""
        return int(self.engine.log(*tp).end)

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Offsets after the last records."""
        return {tp: self.highwater(tp) for tp in partitions}

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """Offsets of the first retained records."""
        return {tp: self.engine.log(*tp).extent.start for tp in partitions}

    def topic_partitions(self, topic: str) -> int | None:
        """Every topic has the directory's partition count."""
        return int(self.engine.partitions)

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int:
        """Stages choose partitions themselves."""
        return partition or 0

    async def create_topic(self, topic: str, *args: Any, **kwargs: Any) -> None:
        """Topics are created on first use."""

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)


class EmbeddedTransport(base.Transport):  # type: ignore[misc] # Faust publishes no types
    """Registered under the entry point ``faust.transports`` as ``embedded``."""

    Consumer: ClassVar[type[EmbeddedConsumer]] = EmbeddedConsumer
    driver_version = "embedded"
