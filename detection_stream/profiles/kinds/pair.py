"""Profile of two addresses that write to each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import Rows
from detection_stream.profiles import window
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType, learn_where
from detection_stream.profiles.ownership import PROVEN, is_owner
from detection_stream.profiles.plain import CountBySide, TimeBySide
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType

BETWEEN_MONTH = window.month("between", "between them")

ROW = RowType(
    version=2,
    blocks=(
        *COMMON_BLOCKS,
        CountBySide("side_count", "messages from each side"),
        CountBySide("side_proven", "messages of each side whose sender was proven"),
        TimeBySide("side_last", "last message from each side"),
        BETWEEN_MONTH,
    ),
)


def owns_side(rows: Records, seen: Rows) -> NDArray[np.bool_]:
    """Which observations are by the one whose history that side of the row is."""
    return is_owner(seen["proof"], rows["side_proven"][np.arange(len(rows)), seen["side"]])


def _pair(rows: Records, seen: Rows) -> None:
    learn_where(_count, rows, seen, owns_side(rows, seen))


def _count(rows: Records, seen: Rows) -> None:
    seconds = seen["seconds"]
    count_act(rows, seconds)
    BETWEEN_MONTH.add(rows, seconds)
    wrote = np.arange(len(rows)), seen["side"]
    rows["side_count"][wrote] += 1
    rows["side_proven"][wrote] += (seen["proof"] == PROVEN).astype(np.uint32)
    rows["side_last"][wrote] = np.maximum(rows["side_last"][wrote], seconds)


def _related(value: str) -> list[tuple[str, str]]:
    return [("address", part) for part in value.split(" ") if part]


KIND = Kind(
    "pair",
    entity="two addresses",
    text="how often two addresses write to each other, and which of them",
    row=ROW,
    keep_days=400,
    observations=(ObservationType("pair", "sender and recipient", ("proof", "side"), _pair),),
    related=_related,
    owner=owns_side,
)
