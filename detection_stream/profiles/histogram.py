"""When in the day an entity is active."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection_stream.profiles.row import Records

FIELDS: tuple[tuple[Any, ...], ...] = (("hours", "u1", (24,)),)
SLOT_LIMIT = 255
"""A slot that reaches this halves all 24, so old habits fade (8 bits)."""

NEIGHBOURS = 2
"""Hours before and after that count as the same habit."""


def add_hour(rows: Records, seconds: NDArray[np.int64]) -> None:
    """Count one event at its hour of the day (UTC)."""
    hours = rows["hours"]
    index = np.arange(len(rows)), (seconds // 3_600) % 24
    full = hours[index] >= SLOT_LIMIT
    if full.any():
        hours[full] //= 2
    hours[index] += 1


def share_near_hour(rows: Records, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of past events within two hours of this hour of the day, 0 to 1; NaN without any."""
    hours = rows["hours"].astype(np.int64)
    around = ((seconds // 3_600) % 24)[:, None] + np.arange(-NEIGHBOURS, NEIGHBOURS + 1)
    near = np.take_along_axis(hours, around % 24, axis=1).sum(axis=1)
    total = hours.sum(axis=1)
    with np.errstate(invalid="ignore"):
        share: NDArray[np.float64] = near / np.where(total == 0, np.nan, total)
    return share
