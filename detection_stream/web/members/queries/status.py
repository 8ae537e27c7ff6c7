"""Queries about a member's status."""

from __future__ import annotations

from msgspec import Struct

from detection_stream.web.members.queries.base import Answer, Query


class Status(Query, frozen=True, tag="status"):
    """Progress of the stages and size of their tables."""


class StagePart(Struct):
    """A stage's partition; ``rate`` is recent records per second, None if unknown."""

    stage: str
    topic: str
    partition: int
    applied: int
    lag: int
    pending: int
    rate: float | None
    counts: dict[str, int]


class TablePart(Struct):
    """One partition of a table; rows and bytes are RocksDB's estimates."""

    stage: str
    table: str
    partition: int
    rows: int
    bytes: int


class Timing(Struct):
    """Timings of a stage in milliseconds; None if not measured.

    ``apply`` is the mean time per application; ``median`` and ``high`` (95th percentile)
    are from a record's append to its application.
    """

    apply: float | None
    median: float | None
    high: float | None


class IndexState(Struct):
    """How many of the topics' verdicts are indexed.

    ``known`` is False until the size of every partition is known.
    """

    done: int
    total: int
    known: bool = True

    @property
    def complete(self) -> bool:
        """Whether every verdict is indexed."""
        return self.known and self.done >= self.total


class IndexedAnswer(Answer):
    """An answer from the index; ``index`` says how complete that was."""

    index: IndexState


class StatusAnswer(Answer):
    """``checkpoint_age`` is in seconds, None before the first; ``rates`` are messages a second."""

    name: str
    release: str
    topology: str
    state_version: int
    ready: bool
    restoring: int
    standbys: int
    checkpoint_age: float | None
    stages: list[StagePart]
    tables: list[TablePart]
    timings: dict[str, Timing]
    topics: dict[str, int]
    index: IndexState
    rates: list[float]
