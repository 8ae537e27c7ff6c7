"""The Faust transport of URL scheme ``batch``: Faust's Kafka driver with batches."""

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
"""Milliseconds that a broker may hold an empty fetch.

A pending fetch excludes partitions whose last records are not consumed yet, so new records
of those wait for it. Faust's 1,500 ms would show as latency at every hop.
"""


PREFETCH_SECONDS = 0.005
"""Seconds between fetches from a broker while its records are not yet consumed.

aiokafka's 100 ms suit consumers that take all partitions at once; ours would wait at each hop.
"""


REFUSED_SECONDS = 0.02
"""Seconds between checks of partitions that are held back."""


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc] # Faust publishes no types
    """Faust's consumer thread with shorter fetches."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Not configurable in Faust; read when the consumer starts.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def on_start(self) -> None:
        """Start the consumer."""
        await super().on_start()
        self._consumer._fetcher._prefetch_backoff = PREFETCH_SECONDS

    async def on_thread_stop(self) -> None:
        """Leave the group, which static members do not do by default, so others take over now."""
        self._consumer._coordinator._group_instance_id = None
        # A pending rebalance waits for calls that this thread no longer handles; Faust would
        # wait forever for the thread to end.
        with suppress(asyncio.CancelledError):
            await super().on_thread_stop()


class KafkaConsumer(BatchConsumer, driver.Consumer):  # type: ignore[misc] # Faust publishes no types
    """Batches of Kafka records; commits are checkpoints of the worker."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worker = self.app.worker
        self._fetched: dict[TP, int] = {}

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        """Read only partitions the worker accepts: a waiting agent would block all others."""
        active = self.assignment() if active_partitions is None else active_partitions
        wanted = set(self.worker.accepted(active))
        if not wanted:
            await asyncio.sleep(REFUSED_SECONDS)
            return {}
        if len(wanted) < len(active):
            timeout = REFUSED_SECONDS
        return await super()._getmany(wanted, timeout)

    async def checkpoint(self) -> None:
        """Write a checkpoint of all partitions, and commit group offsets for lag monitors."""
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
        """Seek to the applied offset; group offsets are only for monitoring."""
        await self.seek_back(self.assignment())

    async def seek_back(self, partitions: Iterable[TP]) -> None:
        """Rewind partitions to the first record not applied."""
        self.seeks += 1
        positions: Mapping[TP, int] = await self.worker.positions(partitions)
        if positions:
            await self.seek_wait(positions)
        self.seeks += 1
        for tp, offset in positions.items():
            self._fetched[tp] = offset - 1
            self._committed_offset[tp] = offset or None
            self._read_offset[tp] = offset or None


class KafkaTransport(driver.Transport):  # type: ignore[misc] # Faust publishes no types
    """Registered under the entry point ``faust.transports`` as ``batch``."""

    Consumer: ClassVar[type[KafkaConsumer]] = KafkaConsumer
