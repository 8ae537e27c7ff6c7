"""The Faust transport of URL scheme ``batch``: Faust's own Kafka driver, a batch at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from detection_stream.runtime.consumer import BatchConsumer
from detection_stream.runtime.records import Batch, Record

FETCH_WAIT_MS = 20
"""Milliseconds that a broker holds a fetch without records.

A fetch under way leaves out the partitions whose last records were not taken yet, so new records
of those wait for its end. Faust's 1,500 ms would show as latency at every hop.
"""


PREFETCH_SECONDS = 0.005
"""Seconds that a broker is left alone because records of it were not taken yet.

aiokafka's 100 ms suit a consumer that takes all partitions at once; ours would wait at every hop.
"""


REFUSED_SECONDS = 0.02
"""Seconds after which partitions that are not read on for now are looked at again."""


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc] # Faust publishes no types
    """Faust's consumer thread with shorter fetches."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust has no setting for it; the value is read when the consumer starts.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def on_start(self) -> None:
        """Start the consumer."""
        await super().on_start()
        self._consumer._fetcher._prefetch_backoff = PREFETCH_SECONDS

    async def on_thread_stop(self) -> None:
        """Leave the group, which a member with a static id would not do: others take over now."""
        self._consumer._coordinator._group_instance_id = None
        # A rebalance that has begun waits for calls that this thread takes no more; Faust would
        # wait for the end of the thread for ever.
        with suppress(asyncio.CancelledError):
            await super().on_thread_stop()


class Consumer(BatchConsumer, driver.Consumer):  # type: ignore[misc] # Faust publishes no types
    """Batches of Kafka records; commits are checkpoints of the worker."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worker = self.app.worker
        self._fetched: dict[TP, int] = {}

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        """Read on where the worker accepts more; an agent that waited would stop all the others."""
        active = self.assignment() if active_partitions is None else active_partitions
        wanted = set(self.worker.accepted(active))
        if not wanted:
            await asyncio.sleep(REFUSED_SECONDS)
            return {}
        if len(wanted) < len(active):
            timeout = REFUSED_SECONDS
        return await super()._getmany(wanted, timeout)

    async def checkpoint(self) -> None:
        """Write a checkpoint of all partitions, and tell the group for those who watch the lag."""
        offsets = await self.worker.checkpoint()
        owned = {tp: offset for tp, offset in offsets.items() if tp in self.assignment()}
        if owned and not self.worker.leaving:
            await self._commit(owned)

    def _batch(self, tp: TP, records: Any) -> Batch:
        found = [
            Record(r.offset, r.timestamp, r.key, r.value or b"", dict(r.headers)) for r in records
        ]
        previous = self._fetched.get(TP(*tp), -1)
        self._fetched[TP(*tp)] = found[-1].offset
        return Batch(tp.topic, tp.partition, found, previous=previous)

    async def perform_seek(self) -> None:
        """Go to what the state has applied; offsets of the group are for people only."""
        await self.seek_back(self.assignment())

    async def seek_back(self, partitions: Iterable[TP]) -> None:
        """Read partitions again from behind what was applied."""
        self.seeks += 1
        positions: Mapping[TP, int] = await self.worker.positions(partitions)
        if positions:
            await self.seek_wait(positions)
        self.seeks += 1
        for tp, offset in positions.items():
            self._fetched[tp] = offset - 1
            self._committed_offset[tp] = offset or None
            self._read_offset[tp] = offset or None


class Transport(driver.Transport):  # type: ignore[misc] # Faust publishes no types
    """Registered under the entry point ``faust.transports`` as ``batch``."""

    Consumer: ClassVar[type[Consumer]] = Consumer
