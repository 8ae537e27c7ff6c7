"""Backpressure: bounds rows in flight by pausing the topics that produce more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from detection_stream.runtime.topology import Topology

MAX_BACKLOG_RECORDS = 64
"""Maximum lag of a later stage, in frames, before sources pause."""
MAX_PENDING_MESSAGES = 1_000
"""Messages per partition that may wait for a level before reading pauses."""

P = TypeVar("P", bound=tuple[str, int])


class Backpressure:
    """Later stages come first; sources pause while a stage after them has a backlog."""

    def __init__(self, topology: Topology) -> None:
        self._downstream = {
            node.reads.name: [topic.name for topic in topology.downstream(node.reads)]
            for node in topology.stages
        }
        self._sources = {topic.name for topic in topology.sources}

    def accepts(self, topic: str, lags: Mapping[str, int], waiting: Callable[[], int]) -> bool:
        """Whether a topic may be read.

        ``lags`` has the unapplied records of each topic; ``waiting`` returns the messages of this
        partition that wait for a level, if the topic is a source.
        """
        if topic not in self._sources:
            # Pausing frames would only cut them into smaller batches: pausing sources bounds them.
            return True
        behind = any(lags.get(later, 0) > MAX_BACKLOG_RECORDS for later in self._downstream[topic])
        return not behind and waiting() <= MAX_PENDING_MESSAGES

    def order(self, partitions: Iterable[P]) -> list[P]:
        """Partitions in the order in which they are read: those of later stages first."""
        return sorted(partitions, key=lambda one: (len(self._downstream.get(one[0], ())), one))
