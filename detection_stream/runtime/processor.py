"""What the engine in one process and the worker on Kafka share."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from detection_stream.errors import DetectionStreamError, StageError
from detection_stream.runtime.backpressure import Backpressure
from detection_stream.runtime.frames import encode_tick
from detection_stream.runtime.runner import Runner
from detection_stream.runtime.topology import Topology

CHECKPOINT_SECONDS = 2.0
"""Time between checkpoints; the most work that a crash repeats."""
TICK_SECONDS = 1.0
"""Time between ticks while messages wait for a level."""

P = TypeVar("P", bound=tuple[str, int])


class Processor(ABC):
    """Runs the stages of a topology as agents of a Faust app.

    Says once when topics may be read on, when ticks are due, and what a failure does.
    """

    def __init__(self, topology: Topology, checkpoint_seconds: float) -> None:
        self.topology = topology
        self.backpressure = Backpressure(topology)
        self.failure: BaseException | None = None
        """What stopped the processor first, if anything did."""
        self.checkpointed_at: float | None = None
        """When the last checkpoint was written, on the monotonic clock; None before the first."""
        self._checkpoint_seconds = checkpoint_seconds
        self._ticked: WeakKeyDictionary[Runner, int] = WeakKeyDictionary()
        """How many ticks each runner had applied when the last one was sent to it."""

    @abstractmethod
    def held(self) -> Iterator[tuple[str, int, Runner]]:
        """The partitions that are here now: topic, number, and the stage at work on it."""

    @abstractmethod
    def lag(self, topic: str, partition: int) -> int:
        """Records of a partition that its stage has not applied; 0 while that is not known."""

    @abstractmethod
    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Send one record, as a stage does."""

    def faust_settings(self) -> dict[str, Any]:
        """Settings of the Faust app that hold for both ways to run."""
        return {
            "autodiscover": False,
            "web_enabled": False,
            # It counts batches: Faust's 4,096 of them are gigabytes.
            "stream_buffer_maxsize": 4,
            "stream_recovery_delay": 0,
            "topic_allow_declare": False,
            "broker_commit_interval": self._checkpoint_seconds,
        }

    def accepted(self, wanted: Iterable[P]) -> list[P]:
        """Those of the partitions that may be read on, later stages first."""
        lags: dict[str, int] = {}
        for topic, number, _ in self.held():
            lags[topic] = max(self.lag(topic, number), lags.get(topic, 0))
        return [
            one
            for one in self.backpressure.order(wanted)
            if self.backpressure.accepts(one[0], lags, lambda one=one: self.waiting(*one))  # type: ignore[misc] # a default binds it
        ]

    def waiting(self, topic: str, partition: int) -> int:
        """Messages of a partition of a source that wait for their decision here.

        Those that its own stage has not come to are left out: they wait for rows that it sends
        again after a restart, so it must not wait for them.
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
        """The totals of each stage over the partitions that are here."""
        totals: dict[str, Counter[str]] = {node.name: Counter() for node in self.topology.stages}
        for _, _, runner in self.held():
            totals[runner.stage.name].update(runner.state.progress.counts)
        return {stage: dict(found) for stage, found in totals.items()}

    def pending(self) -> int:
        """Messages that wait for a level."""
        return sum(runner.stage.pending(runner.state) for _, _, runner in self.held())

    def tick(self, at: int | None = None) -> None:
        """Let time pass for messages that wait: one tick after the other has been read.

        ``at`` is in milliseconds since 1970, None for now.
        """
        at = int(time.time() * 1_000) if at is None else at
        for topic, number, runner in list(self.held()):
            waits = runner.stage.pending(runner.state) > 0
            if waits and self._ticked.get(runner) != runner.ticks:
                self._ticked[runner] = runner.ticks
                self.send(topic, number, None, encode_tick(at), at)

    def fail(self, error: BaseException) -> None:
        """Note what went wrong; the first failure counts, and there is no checkpoint after it."""
        if self.failure is None:
            self.failure = error

    def check(self) -> None:
        """Raise what stopped the processor, if anything did.

        Raises:
            StageError: a stage or a checkpoint failed.
        """
        if isinstance(self.failure, DetectionStreamError):
            raise self.failure
        if self.failure:
            raise StageError(f"a stage stopped: {self.failure!r}") from self.failure
