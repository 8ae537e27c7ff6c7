"""Blocks of one number, or of a few of the same meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection_stream.profiles.block import FieldValue, NumpyField, Unit, described
from detection_stream.profiles.records import Records


@dataclass(frozen=True)
class Count:
    """A total (32 bits)."""

    name: str
    words: str
    unit: Unit = "messages"
    listed: bool = True

    def fields(self) -> tuple[NumpyField, ...]:
        """Its field."""
        return ((self.name, "u4"),)

    def describe(self, row: Records, at: int) -> FieldValue:
        """The total."""
        return described(self, "number", float(row[self.name][0]))


@dataclass(frozen=True)
class Flag:
    """0 or 1."""

    name: str
    words: str
    unit: Unit = "flag"
    listed: bool = True

    def fields(self) -> tuple[NumpyField, ...]:
        """Its field."""
        return ((self.name, "u1"),)

    def describe(self, row: Records, at: int) -> FieldValue:
        """The flag."""
        return described(self, "number", float(row[self.name][0]))


@dataclass(frozen=True)
class Time:
    """A time in seconds since 1970; 0 is never."""

    name: str
    words: str
    unit: Unit = "time"
    listed: bool = True

    def fields(self) -> tuple[NumpyField, ...]:
        """Its field."""
        return ((self.name, "i8"),)

    def describe(self, row: Records, at: int) -> FieldValue:
        """The time in milliseconds, None for never."""
        return described(self, "number", _milliseconds(row[self.name][0]))


@dataclass(frozen=True)
class CountBySide:
    """A total for each side of a pair."""

    name: str
    words: str
    unit: Unit = "messages"
    listed: bool = False

    def fields(self) -> tuple[NumpyField, ...]:
        """Its field."""
        return ((self.name, "u4", (2,)),)

    def describe(self, row: Records, at: int) -> FieldValue:
        """Both, and their sum."""
        counts = [float(count) for count in row[self.name][0]]
        return described(self, "sides", sum(counts), slots=[*counts])


@dataclass(frozen=True)
class TimeBySide:
    """A time for each side of a pair, in seconds since 1970; 0 is never."""

    name: str
    words: str
    unit: Unit = "time"
    listed: bool = False

    def fields(self) -> tuple[NumpyField, ...]:
        """Its field."""
        return ((self.name, "i8", (2,)),)

    def describe(self, row: Records, at: int) -> FieldValue:
        """Both in milliseconds; they have no sum."""
        moments = [_milliseconds(moment) for moment in row[self.name][0]]
        return described(self, "sides", None, slots=moments)


def count_since(
    rows: Records,
    count: str,
    first: str,
    seconds: NDArray[np.int64],
    where: NDArray[np.bool_],
) -> None:
    """Count one more ``where`` it is true, and keep the time of the first (seconds)."""
    begins = where & ((rows[count] == 0) | (seconds < rows[first]))
    rows[first] = np.where(begins, seconds, rows[first])
    rows[count] += where.astype(np.uint32)


def _milliseconds(moment: Any) -> float | None:
    return float(moment) * 1_000 if moment else None
