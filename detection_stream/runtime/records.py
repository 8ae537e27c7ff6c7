"""Records of topics, and the batches of them that agents receive."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, NamedTuple


class Record(NamedTuple):
    """One record of a topic partition; ``timestamp`` is in milliseconds since 1970."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes
    headers: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one topic partition in offset order: what an agent receives of each partition.

    ``prepared`` is under way when a helper process computes what takes no state. ``previous`` is
    the last offset fetched before these records: a reader that has not applied it has missed
    something.
    """

    topic: str
    partition: int
    records: list[Record]
    prepared: Future[Any] | None = None
    previous: int = -1

    @property
    def last(self) -> int:
        """Offset of the last record."""
        return self.records[-1].offset
