"""Two addresses that write to each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.profiles import window
from detection_stream.profiles.profile import COMMON_FIELDS, Profile, count_act, touch
from detection_stream.profiles.row import Records, RowType

BETWEEN_MONTH = window.month("between")
SIDE_FIELDS: tuple[tuple[Any, ...], ...] = (
    ("side_count", "u4", (2,)),
    ("side_last", "i8", (2,)),
)

ROW = RowType(version=1, fields=(*COMMON_FIELDS, *SIDE_FIELDS, *BETWEEN_MONTH.fields()))


def update(rows: Records, seen: Rows) -> None:
    """Count one message between the two and remember which side wrote it."""
    seconds = seen["seconds"]
    touch(rows, seconds)
    count_act(rows, seconds)
    BETWEEN_MONTH.add(rows, seconds)
    wrote = np.arange(len(rows)), seen["side"]
    rows["side_count"][wrote] += 1
    rows["side_last"][wrote] = np.maximum(rows["side_last"][wrote], seconds)


PROFILE = Profile("pair", ROW, keep_days=400, update=update)
