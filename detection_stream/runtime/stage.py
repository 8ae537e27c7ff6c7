"""A stage: a function of one log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import Rows
from detection_stream.model.signature import OperatorKeys
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.preparation import Prepare
from detection_stream.state.database import Database
from detection_stream.state.description import TableDescription
from detection_stream.state.partition import PartitionState, Transaction


@dataclass(frozen=True, slots=True)
class RowsOut:
    """Rows of one level for partitions of an internal topic; they include the column ``input``."""

    topic: str
    level: str
    rows: Rows
    partitions: NDArray[np.int64] | None


@dataclass(frozen=True, slots=True)
class RecordOut:
    """One record for a topic of single events; it stays in the partition of its input."""

    topic: str
    key: bytes
    value: bytes
    timestamp: int


class PartitionInput(NamedTuple):
    """A stage's work for one partition: its input and the state transaction."""

    segments: Input
    transaction: Transaction


class Rejected(Exception):  # noqa: N818 - it says what became of a row
    """A row its stage cannot process; ``phase`` selects the policy."""

    def __init__(self, reason: str, phase: str = "process", source: str = "") -> None:
        super().__init__(reason)
        self.phase = phase
        self.source = source

    @classmethod
    def by(cls, error: Exception) -> Rejected:
        """What an error on a single row amounts to."""
        return error if isinstance(error, cls) else cls(f"{type(error).__name__}: {error}")


class Stage(ABC):
    """Base of all stages; everything but ``apply`` and the attributes has a default.

    ``framed`` says whether the input topic holds frames or single records. ``tables`` describes
    each of its tables by name. ``in_flight`` names those that hold only work in flight, which a
    copy of the state for a replay leaves out. A stage reads no clock, no second topic and no
    other partition's state.
    """

    name: ClassVar[str]
    framed: ClassVar[bool]
    tables: Mapping[str, TableDescription]
    in_flight: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Apply inputs of different partitions: update the transactions and add outputs.

        Partitions do not influence each other; several are passed together only because
        large arrays cost little more than small ones.

        Raises:
            Rejected: the single row is unusable. Any other exception has the same effect once
                bisection has isolated the row.
        """

    def open_state(self, database: Database, partition: int) -> PartitionState:
        """The stored state of one of the stage's partitions.

        Raises:
            DataDirectoryError: it has another version.
        """
        return PartitionState(database, self.name, partition, self.tables)

    def columns(self, level: str) -> Mapping[str, type]:
        """Types of the columns of a level of its input; none for single records."""
        return {}

    def trust(self, keys: OperatorKeys) -> None:  # noqa: B027 - most stages read no such records
        """Believe what these keys have signed, too; they are configuration, as the code is."""

    def preparation(self) -> Prepare | None:
        """A picklable function that computes what needs no state; None if everything needs it.

        It gets single records as ``completed``, in another process; its results are attached to
        the segments.
        """
        return None

    def completed(self, records: Rows, transaction: Transaction) -> Rows:
        """Single records with what the state adds to their headers, for ``preparation``.

        The transaction is discarded.
        """
        return records

    def open(self, state: PartitionState) -> None:  # noqa: B027 - most stages have nothing to do
        """Set up the volatile state of a partition from its tables."""

    def give_up(  # noqa: B027 - most stages have nobody to notify
        self, segments: Input, transaction: Transaction, reason: str
    ) -> None:
        """Notify those waiting for a row that it failed."""

    def pending(self, state: PartitionState, applied: Mapping[int, int] | None = None) -> int:
        """Messages waiting for rows; ticks are sent while there are any.

        With ``applied`` (an offset by source id), only those whose record is at or below that
        offset: after a restart, the rows of later ones are sent again.
        """
        return 0
