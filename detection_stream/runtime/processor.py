"""Shared by the embedded engine and the worker on Kafka."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from detection_stream.errors import DetectionStreamError, StageError
from detection_stream.model.batch import Rows, concatenate
from detection_stream.runtime.backpressure import Backpressure
from detection_stream.runtime.frames import encode_tick
from detection_stream.runtime.prepared import Prepared
from detection_stream.runtime.readers import Readers
from detection_stream.runtime.records import Batch
from detection_stream.runtime.runner import Runner
from detection_stream.runtime.topology import Topology

CHECKPOINT_SECONDS = 2.0
"""Time between checkpoints; a crash repeats at most this much work."""
TICK_SECONDS = 1.0
"""Time between ticks while messages wait for a level."""

P = TypeVar("P", bound=tuple[str, int])


class Processor(ABC):
    """Runs the stages of a topology as agents of a Faust app.

    Decides when topics may be read, when ticks are due, and what a failure does.
    """

    def __init__(self, topology: Topology, checkpoint_seconds: float, readers: int) -> None:
        self.topology = topology
        self.backpressure = Backpressure(topology)
        self.failure: BaseException | None = None
        """The first failure, if any."""
        self.checkpointed_at: float | None = None
        """Time of the last checkpoint (monotonic clock); None before the first."""
        self._checkpoint_seconds = checkpoint_seconds
        self._readers = {
            node.reads.name: Readers(prepare, readers)
            for node in topology.stages
            if (prepare := node.stage.preparation())
        }
        self._ticked: WeakKeyDictionary[Runner, int] = WeakKeyDictionary()
        """Ticks that each runner had applied when the last one was sent to it."""

    @abstractmethod
    def held(self) -> Iterator[tuple[str, int, Runner]]:
        """The partitions in this process: topic, number, and its runner."""

    @abstractmethod
    def runner(self, topic: str, partition: int) -> Runner | None:
        """The runner of a partition, if it is in this process."""

    @abstractmethod
    def lag(self, topic: str, partition: int) -> int:
        """Unapplied records of a partition; 0 while unknown."""

    @abstractmethod
    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Send one record, as a stage does."""

    def faust_settings(self) -> dict[str, Any]:
        """Settings of the Faust app shared by engine and worker."""
        return {
            "autodiscover": False,
            "web_enabled": False,
            # It counts batches: Faust's 4,096 of them are gigabytes.
            "stream_buffer_maxsize": 4,
            "stream_recovery_delay": 0,
            "topic_allow_declare": False,
            "broker_commit_interval": self._checkpoint_seconds,
        }

    def read_ahead(self, batches: list[Batch]) -> list[Batch]:
        """Have readers begin with batches of one topic, before its agent gets them."""
        readers = self._readers.get(batches[0].topic)
        wanted = self._unread(batches) if readers else None
        if readers is None or wanted is None:
            return batches
        prepared = asyncio.create_task(readers.read(wanted))
        return [replace(batch, prepared=prepared) for batch in batches]

    async def prepare(self, batches: Sequence[Batch]) -> Prepared | None:
        """What readers made of batches of one topic; valid until the next await.

        None for a stage without a stateless part.

        Raises:
            StageError: no reader starts.
        """
        readers = self._readers.get(batches[0].topic)
        if readers is None:
            return None
        ahead = batches[0].prepared
        prepared = Prepared() if ahead is None else await ahead
        while True:
            # The state may have moved on since, and with it what completes the records.
            wanted = self._unread(batches)
            if wanted is None or prepared.covers(wanted):
                return prepared
            prepared = await readers.read(wanted)

    def _unread(self, batches: Sequence[Batch]) -> Rows | None:
        found = []
        for batch in batches:
            runner = self.runner(batch.topic, batch.partition)
            rows = runner.completed(batch) if runner else None
            if rows is not None:
                found.append(rows)
        return concatenate(found) if found else None

    def close_readers(self) -> None:
        """End the reader processes."""
        for readers in self._readers.values():
            readers.close()

    def accepted(self, wanted: Iterable[P]) -> list[P]:
        """The partitions that may be read, later stages first."""
        lags: dict[str, int] = {}
        for topic, number, _ in self.held():
            lags[topic] = max(self.lag(topic, number), lags.get(topic, 0))
        return [
            one
            for one in self.backpressure.order(wanted)
            if self.backpressure.accepts(one[0], lags, lambda one=one: self.waiting(*one))  # type: ignore[misc] # a default binds it
        ]

    def waiting(self, topic: str, partition: int) -> int:
        """Messages of a source's partition that wait for their decision here.

        Those that its own stage has not applied yet are not counted: they wait for rows that it
        resends after a restart, so it must not wait for them.
        """
        here = list(self.held())
        applied = {
            source.id: runner.state.progress.applied
            for source in self.topology.sources
            for name, number, runner in here
            if (name, number) == (source.name, partition)
        }
        return sum(
            runner.stage.pending(runner.state, applied)
            for _, number, runner in here
            if number == partition
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """The totals of each stage over the partitions in this process."""
        totals: dict[str, Counter[str]] = {node.name: Counter() for node in self.topology.stages}
        for _, _, runner in self.held():
            totals[runner.stage.name].update(runner.state.progress.counts)
        return {stage: dict(found) for stage, found in totals.items()}

    def pending(self) -> int:
        """Messages waiting for a level."""
        return sum(runner.stage.pending(runner.state) for _, _, runner in self.held())

    def tick(self, at: int | None = None) -> None:
        """Send a tick to each waiting partition that has applied the last one.

        ``at`` is in milliseconds since 1970, None for now.
        """
        at = int(time.time() * 1_000) if at is None else at
        for topic, number, runner in list(self.held()):
            waits = runner.stage.pending(runner.state) > 0
            if waits and self._ticked.get(runner) != runner.ticks:
                self._ticked[runner] = runner.ticks
                self.send(topic, number, None, encode_tick(at), at)

    def fail(self, error: BaseException) -> None:
        """Record a failure; the first one counts, and no checkpoint follows it."""
        if self.failure is None:
            self.failure = error

    def check(self) -> None:
        """Raise the failure that stopped the processor, if any.

        Raises:
            StageError: a stage or a checkpoint failed.
        """
        if isinstance(self.failure, DetectionStreamError):
            raise self.failure
        if self.failure:
            raise StageError(f"a stage stopped: {self.failure!r}") from self.failure
