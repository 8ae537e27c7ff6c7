"""A stage: a function of one log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import Rows
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.preparation import Prepare
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


class Stage(Protocol):
    """What a stage defines.

    ``framed`` says whether the input topic holds frames or single records. ``tables`` names its
    tables. It reads no clock, no second topic and no other partition's state.
    """

    name: ClassVar[str]
    framed: ClassVar[bool]
    tables: ClassVar[tuple[str, ...]]

    def columns(self, level: str) -> Mapping[str, type]:
        """Types of the columns of a level of its input."""

    def preparation(self) -> Prepare | None:
        """A picklable function that computes what takes no state, or None.

        It gets a whole input; what it returns comes back with the segments.
        """

    def open(self, state: PartitionState) -> None:
        """Set up the volatile state of a partition from its tables."""

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Apply inputs, each of another partition: change the transactions, add outputs to them.

        What one partition gets does not depend on the others: several come at once only because
        arrays of many rows cost little more than those of few.

        Raises:
            Rejected: the one row cannot be used. Any other exception has the same effect once
                the input is cut down to the row that raises it.
        """

    def give_up(self, segments: Input, transaction: Transaction, reason: str) -> None:
        """Tell those who wait for a row that it failed."""

    def pending(self, state: PartitionState, applied: int | None = None) -> int:
        """Messages that wait for rows; ticks are sent as long as there are any.

        With ``applied`` only those whose raw record is at or below that offset: of later ones a
        content stage that was started again has rows to send a second time.
        """
