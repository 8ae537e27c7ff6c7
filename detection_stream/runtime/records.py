"""Records of topics, and the batches that agents receive."""

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
    """Records of one topic partition in offset order, as agents receive them.

    ``prepared`` is the pending result of a helper's stateless work, if any. ``previous`` is
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
