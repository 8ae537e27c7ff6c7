"""Three-valued logic over columns: every value is true, false or unknown.

A comparison with a missing value is unknown, and only what is certainly true fires. An outage of
one level of signals therefore silences detectors; it never makes them fire.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import FloatColumn

BoolColumn = NDArray[np.bool_]
Comparison = Callable[[FloatColumn, FloatColumn], Any]


class Truth(NamedTuple):
    """Which values are certainly true and which are certainly false; the others are unknown."""

    yes: BoolColumn
    no: BoolColumn


def both(left: Truth, right: Truth) -> Truth:
    """``left and right``: false if either is false."""
    return Truth(left.yes & right.yes, left.no | right.no)


def either(left: Truth, right: Truth) -> Truth:
    """``left or right``: true if either is true."""
    return Truth(left.yes | right.yes, left.no & right.no)


def negate(truth: Truth) -> Truth:
    """``not truth``: unknown stays unknown."""
    return Truth(truth.no, truth.yes)


def otherwise(truth: Truth, default: Truth) -> Truth:
    """``truth``, or ``default`` where it is unknown."""
    unknown = ~(truth.yes | truth.no)
    return Truth(truth.yes | (unknown & default.yes), truth.no | (unknown & default.no))


def certain(yes: BoolColumn) -> Truth:
    """A truth without unknowns."""
    return Truth(yes, ~yes)


def compare(comparison: Comparison, left: FloatColumn, right: FloatColumn) -> Truth:
    """The comparison of two columns, unknown where either is missing."""
    # NaN is not equal to itself.
    known = (left == left) & (right == right)  # noqa: PLR0124
    holds = comparison(left, right) & known
    return Truth(holds, holds ^ known)


def flag(column: FloatColumn) -> Truth:
    """A column as a truth: true unless zero, unknown where missing."""
    no = column == 0
    return Truth((column == column) ^ no, no)  # noqa: PLR0124 - only a number equals itself
