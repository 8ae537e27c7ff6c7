"""Records of topics, and the batches that agents receive."""

from __future__ import annotations

from asyncio import Task
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    # The inputs that readers get are made of records.
    from detection_stream.runtime.prepared import Prepared


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

    ``prepared`` is the pending work of readers on all batches fetched with it, if any.
    ``previous`` is the last offset fetched before these records: who has not applied it has
    missed something.
    """

    topic: str
    partition: int
    records: list[Record]
    prepared: Task[Prepared] | None = None
    previous: int = -1

    @property
    def last(self) -> int:
        """Offset of the last record."""
        return self.records[-1].offset
