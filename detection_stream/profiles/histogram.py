"""Hours of the day at which an entity is active."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection_stream.profiles.block import FieldValue, NumpyField, Unit, described
from detection_stream.profiles.records import Records

HOURS = 24
MAX_SLOT_COUNT = 255
"""A slot that reaches this halves all 24, so old habits fade (8 bits)."""

NEIGHBOURS = 2
"""Hours before and after that count as the same habit."""


@dataclass(frozen=True)
class HourHistogram:
    """Events by hour of the day (UTC)."""

    name: str
    words: str
    unit: Unit = "messages"
    listed: bool = False

    def fields(self) -> tuple[NumpyField, ...]:
        """Its field."""
        return ((self.name, "u1", (HOURS,)),)

    def add(self, rows: Records, seconds: NDArray[np.int64]) -> None:
        """Count one event in each row at its hour of the day."""
        hours = rows[self.name]
        index = np.arange(len(rows)), (seconds // 3_600) % HOURS
        full = hours[index] >= MAX_SLOT_COUNT
        if full.any():
            hours[full] //= 2
        hours[index] += 1

    def share_near(self, rows: Records, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of past events within two hours of this hour, 0 to 1; NaN without events."""
        hours = rows[self.name].astype(np.int64)
        around = ((seconds // 3_600) % HOURS)[:, None] + np.arange(-NEIGHBOURS, NEIGHBOURS + 1)
        near = np.take_along_axis(hours, around % HOURS, axis=1).sum(axis=1)
        total = hours.sum(axis=1)
        with np.errstate(invalid="ignore"):
            share: NDArray[np.float64] = near / np.where(total == 0, np.nan, total)
        return share

    def describe(self, row: Records, at: int) -> FieldValue:
        """The events of each hour, and their sum."""
        hours = [float(count) for count in row[self.name][0]]
        return described(self, "hours", sum(hours), slots=[*hours])
