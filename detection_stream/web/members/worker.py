"""A member on a worker: its partitions, and their topics on the broker."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any, TypeVar

import orjson
from prometheus_client import Histogram

from detection_stream.runtime.kafka.delivery import Delivery
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.runtime.kafka.worker import Worker
from detection_stream.runtime.records import Record
from detection_stream.web.members.host import Condition, Held, TopicPartition
from detection_stream.web.members.queries import Timing

MAX_READ_RECORDS = 1_000
"""Maximum records per read from the broker."""
MAX_ATTRIBUTION_DELAY_MS = 10_000
"""Maximum time between a verdict and its attribution."""
MAX_ATTRIBUTIONS_SEARCHED = 20_000
"""Maximum attributions searched for one."""
MAX_DELIVERY_SECONDS = 10.0
"""Time limit for the brokers to accept a retried record."""
RECENT_SECONDS = 60.0
"""Latency covers about the last minute."""


T = TypeVar("T")


class WorkerHost:
    """The partitions that one worker owns.

    Its own client reads topics in another thread, so the worker's loop is not blocked.
    """

    def __init__(
        self, worker: Worker, name: str, partitions: int, recorded: RecordedTopics
    ) -> None:
        self._worker = worker
        self._recorded = recorded
        # One thread owns the client: an abandoned read still finishes first.
        self._thread = ThreadPoolExecutor(1, "web-reader")
        self._recent = {
            node.name: _RecentQuantiles(worker.metrics.latency.labels(node.name))
            for node in worker.topology.stages
        }
        self.topology = worker.topology
        self.name = name
        self.partition_count = partitions

    @classmethod
    @asynccontextmanager
    async def open(cls, worker: Worker, name: str, partitions: int) -> AsyncIterator[WorkerHost]:
        """A host with a client for reading."""
        with RecordedTopics(worker.connection) as recorded:
            host = cls(worker, name, partitions, recorded)
            try:
                yield host
            finally:
                host._thread.shutdown(wait=True, cancel_futures=True)

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run a function with the client."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def held(self) -> Iterator[Held]:
        """What the worker owns now."""
        for topic, number, runner in self._worker.held():
            node = self.topology.stage(runner.stage.name)
            yield Held(node, number, runner.state, self._worker.lag(topic, number))

    def condition(self) -> Condition:
        """From the worker's own metrics."""
        worker = self._worker
        at = worker.checkpointed_at
        age = None if at is None else time.monotonic() - at
        standbys = worker.ownership.standbys
        timings = {}
        for stage, recent in self._recent.items():
            applied = _samples(worker.metrics.apply.labels(stage))
            mean = 1_000 * applied["_sum"] / applied["_count"] if applied["_count"] else None
            timings[stage] = Timing(mean, *recent.milliseconds())
        return Condition(
            worker.ownership.ready,
            worker.ownership.restoring,
            len(standbys.replicas) if standbys else 0,
            age,
            timings,
        )

    async def extents(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, range]:
        """The offsets on the broker."""
        return await self._run(self._recorded.extents_of, list(partitions))

    async def read(self, topic: str, partition: int, extent: range) -> list[Record]:
        """Records from the broker, ``MAX_READ_RECORDS`` at most."""
        return await self._run(self._read, topic, partition, extent)

    def _read(self, topic: str, partition: int, extent: range) -> list[Record]:
        held = self._recorded.extent(topic, partition)
        start, stop = max(extent.start, held.start), min(extent.stop, held.stop)
        wanted = range(start, max(start, min(stop, start + MAX_READ_RECORDS)))
        found = self._recorded.read(topic, {partition: wanted})
        return list(chain.from_iterable(records for _, records in found))

    async def attribution(self, partition: int, verdict: Record) -> Record | None:
        """The first one with the verdict's key and revision, near it in time."""
        topic = self.topology.topic("attributions").name
        since = verdict.timestamp - MAX_ATTRIBUTION_DELAY_MS
        start = await self._run(self._recorded.offset_at, topic, partition, since)
        stop = start + MAX_ATTRIBUTIONS_SEARCHED
        while start < stop:
            records = await self.read(topic, partition, range(start, stop))
            if not records:
                return None
            for record in records:
                if record.key == verdict.key and _revision(record) == _revision(verdict):
                    return record
            if records[-1].timestamp > verdict.timestamp + MAX_ATTRIBUTION_DELAY_MS:
                return None
            start = records[-1].offset + 1
        return None

    async def append(self, topic: str, partition: int, record: Record) -> None:
        """Produce a record; the key chooses the partition, as it did before.

        Raises:
            StageError: the broker did not accept it.
        """
        delivery = Delivery(self._worker.connection, "detection-stream-web", MAX_DELIVERY_SECONDS)
        try:
            await delivery.deliver(topic, record.key or b"", record.value, dict(record.headers))
        finally:
            await asyncio.to_thread(delivery.close)


def _revision(record: Record) -> int:
    return int(orjson.loads(record.value)["revision"])


class _RecentQuantiles:
    """Quantiles of a histogram over about the last minute."""

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._kept = [(time.monotonic(), _samples(histogram))]

    def milliseconds(self) -> tuple[float | None, float | None]:
        """Median and 95th percentile; None without data."""
        now = time.monotonic()
        found = _samples(self._histogram)
        while len(self._kept) > 1 and now - self._kept[1][0] > RECENT_SECONDS:
            self._kept.pop(0)
        if now - self._kept[-1][0] > RECENT_SECONDS / 4:
            self._kept.append((now, found))
        before = self._kept[0][1]
        buckets = {
            float(name): found[name] - before.get(name, 0.0)
            for name in found
            if not name.startswith("_")
        }
        if not any(buckets.values()):
            return None, None
        return 1_000 * _quantile(buckets, 0.5), 1_000 * _quantile(buckets, 0.95)


def _samples(histogram: Histogram) -> dict[str, float]:
    """Cumulative counts by upper bound in seconds, with ``_sum`` and ``_count``."""
    found = {}
    for metric in histogram.collect():
        for sample in metric.samples:
            found[sample.labels.get("le") or f"_{sample.name.rpartition('_')[2]}"] = sample.value
    return found


def _quantile(buckets: dict[float, float], share: float) -> float:
    """A quantile from cumulative counts, interpolated within a bucket."""
    total = max(buckets.values())
    low = counted = 0.0
    for bound, count in sorted(buckets.items()):
        if count >= share * total:
            if math.isinf(bound):
                return low
            return low + (bound - low) * (share * total - counted) / max(count - counted, 1.0)
        low, counted = bound, count
    return low
