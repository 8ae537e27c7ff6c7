"""How a member does."""

from __future__ import annotations

from msgspec import Struct

from detection_stream.web.members.queries.base import Answer, Query


class Status(Query, frozen=True, tag="status"):
    """How far the stages are, and what their tables hold."""


class StagePart(Struct):
    """A stage's partition; ``rate`` is records a second lately, None while not known."""

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
    """Milliseconds of a stage; None where nothing was measured.

    ``apply`` is the mean time of applying what came at once, ``median`` and ``high`` (95 of 100)
    are from a record's append to its application.
    """

    apply: float | None
    median: float | None
    high: float | None


class IndexState(Struct):
    """How many verdicts indexes have of those that the topics hold.

    ``known`` is False while it is not known of each partition what it holds.
    """

    done: int
    total: int
    known: bool = True

    @property
    def complete(self) -> bool:
        """Whether every verdict is in it."""
        return self.known and self.done >= self.total


class IndexedAnswer(Answer):
    """An answer from the index; ``index`` says how far that was."""

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
