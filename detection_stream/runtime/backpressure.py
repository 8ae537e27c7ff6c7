"""Which topics may be read on: rows under way are bounded by holding back what makes more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from detection_stream.runtime.topology import Topology

MAX_BACKLOG_RECORDS = 64
"""Frames that a later stage may be behind before an earlier one reads on."""
MAX_PENDING_MESSAGES = 1_000
"""Messages of a partition that may wait for a level before no more are read."""

P = TypeVar("P", bound=tuple[str, int])


class Backpressure:
    """Later stages come first; a stage waits while one behind it has a backlog."""

    def __init__(self, topology: Topology) -> None:
        self._downstream = {
            node.reads.name: [topic.name for topic in topology.downstream(node.reads)]
            for node in topology.stages
        }
        self._sources = {topic.name for topic in topology.sources}

    def accepts(self, topic: str, lags: Mapping[str, int], waiting: Callable[[], int]) -> bool:
        """Whether a topic may be read on.

        ``lags`` has the records of each topic that are not applied, ``waiting`` gives the messages
        of this partition, if it is one of a source, that wait for rows of a level.
        """
        if any(
            lags.get(later, 0) > MAX_BACKLOG_RECORDS for later in self._downstream.get(topic, ())
        ):
            return False
        return topic not in self._sources or waiting() <= MAX_PENDING_MESSAGES

    def order(self, partitions: Iterable[P]) -> list[P]:
        """Partitions in the order in which they are read: those of later stages first."""
        return sorted(partitions, key=lambda one: (len(self._downstream.get(one[0], ())), one))
