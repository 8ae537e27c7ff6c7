"""The Faust transport of URL scheme ``batch``: Faust's own Kafka driver, a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from detection_stream.runtime.consumer import BatchConsumer
from detection_stream.runtime.records import Batch, Record


class Consumer(BatchConsumer, driver.Consumer):  # type: ignore[misc] # Faust publishes no types
    """Batches of Kafka records; commits are checkpoints of the worker."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worker = self.app.worker

    async def checkpoint(self) -> None:
        """Write a checkpoint of all partitions, and tell the group for those who watch the lag."""
        offsets = await self.worker.checkpoint()
        owned = {tp: offset for tp, offset in offsets.items() if tp in self.assignment()}
        if owned:
            await self._commit(owned)

    def _batch(self, tp: TP, records: Any) -> Batch:
        return Batch(
            tp.topic,
            tp.partition,
            [
                Record(r.offset, r.timestamp, r.key, r.value or b"", dict(r.headers))
                for r in records
            ],
        )

    async def perform_seek(self) -> None:
        """Go to what the state has applied; offsets of the group are for people only."""
        assigned = self.assignment()
        positions: Mapping[TP, int] = await self.worker.positions(assigned)
        if positions:
            await self.seek_wait(positions)
        for tp, offset in positions.items():
            self._committed_offset[tp] = offset or None
            self._read_offset[tp] = offset or None


class Transport(driver.Transport):  # type: ignore[misc] # Faust publishes no types
    """Registered under the entry point ``faust.transports`` as ``batch``."""

    Consumer: ClassVar[type[Consumer]] = Consumer
