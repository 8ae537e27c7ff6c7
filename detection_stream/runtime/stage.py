"""A stage: a function of one log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import Rows
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.preparation import Prepare
from detection_stream.state.database import Database
from detection_stream.state.description import TableDescription
from detection_stream.state.partition import PartitionState, Transaction


@dataclass(frozen=True, slots=True)
class RowsOut:
    """Rows of one level for partitions of an internal topic; they hold the column ``input``."""

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
    """What a stage gets of one partition: its input, and the transaction on its state."""

    segments: Input
    transaction: Transaction


class Rejected(Exception):  # noqa: N818 - it says what became of a row
    """A row that its stage cannot use; ``phase`` names the policy that applies."""

    def __init__(self, reason: str, phase: str = "process", source: str = "") -> None:
        super().__init__(reason)
        self.phase = phase
        self.source = source


class Stage(ABC):
    """What a stage defines; all but ``apply`` and the attributes has a default.

    ``framed`` says whether the input topic holds frames or single records. ``tables`` describes
    each of its tables by name. ``in_flight`` says that they hold nothing but work under way, which
    a copy of the state for a replay leaves out. A stage reads no clock, no second topic and no
    other partition's state.
    """

    name: ClassVar[str]
    framed: ClassVar[bool]
    tables: Mapping[str, TableDescription]
    in_flight: ClassVar[bool] = False

    @abstractmethod
    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Apply inputs, each of another partition: change the transactions, add outputs to them.

        What one partition gets does not depend on the others: several come at once only because
        arrays of many rows cost little more than those of few.

        Raises:
            Rejected: the one row cannot be used. Any other exception has the same effect once
                the input is cut down to the row that raises it.
        """

    def open_state(self, database: Database, partition: int) -> PartitionState:
        """The state that a database holds of one of the stage's partitions.

        Raises:
            DataDirectoryError: it is of another version.
        """
        return PartitionState(database, self.name, partition, self.tables)

    def columns(self, level: str) -> Mapping[str, type]:
        """Types of the columns of a level of its input; none for single records."""
        return {}

    def preparation(self) -> Prepare | None:
        """A picklable function that computes what takes no state; None if everything does.

        It gets a whole input; what it returns comes back with the segments.
        """
        return None

    def open(self, state: PartitionState) -> None:  # noqa: B027 - most stages have nothing to do
        """Set up the volatile state of a partition from its tables."""

    def give_up(  # noqa: B027 - most stages have nobody to tell
        self, segments: Input, transaction: Transaction, reason: str
    ) -> None:
        """Tell those who wait for a row that it failed."""

    def pending(self, state: PartitionState, applied: Mapping[int, int] | None = None) -> int:
        """Messages that wait for rows; ticks are sent as long as there are any.

        With ``applied`` (an offset by id of the source) only those whose record is at or below
        that offset: of later ones a stage that was started again has rows to send a second time.
        """
        return 0
