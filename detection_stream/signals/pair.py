"""Signals from the history of sender and recipient."""

from __future__ import annotations

from typing import Any

import numpy as np

from detection_stream.model.batch import FloatColumn, IntColumn, Rows
from detection_stream.profiles.kinds.pair import BETWEEN_MONTH
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import days_between, established, flag, since
from detection_stream.signals.registry import profile_signal


def _side(rows: Records, field: str, side: IntColumn) -> FloatColumn:
    column: FloatColumn = rows[field][np.arange(len(rows)), side]
    return column


def _answered(rows: Records, seen: Rows) -> Any:
    """Whether the other side has written, and the two have known each other for some days."""
    wrote = _side(rows, "side_count", 1 - seen["side"]) > 0
    return wrote & since(rows["first_seen"], seen["seconds"])


@profile_signal("pair", "flag", combine="min")
def first_contact(rows: Records, seen: Rows) -> FloatColumn:
    """The sender has written to none of the recipients before."""
    return flag(_side(rows, "side_count", seen["side"]) == 0)


@profile_signal("pair", "flag", combine="min")
def stranger(rows: Records, seen: Rows) -> FloatColumn:
    """No recipient has written to the sender, nor has the sender long written to one."""
    own = _side(rows, "side_count", seen["side"])
    answered = _answered(rows, seen)
    return flag(~answered & ~established(own, rows["first_seen"], seen["seconds"]))


@profile_signal("pair", "count")
def messages_30d(rows: Records, seen: Rows) -> FloatColumn:
    """Messages between the two in the preceding 30 days, either way (maximum over recipients)."""
    return BETWEEN_MONTH.count(rows, seen["seconds"])


@profile_signal("pair", "days", combine="min")
def days_since_last(rows: Records, seen: Rows) -> FloatColumn:
    """Days since the two last exchanged mail; NaN if never."""
    return days_between(rows["last_seen"], seen["seconds"], rows["count"] > 0)


@profile_signal("pair", "flag")
def solicited(rows: Records, seen: Rows) -> FloatColumn:
    """A recipient has written to the sender, whom it has known for some days."""
    return flag(_answered(rows, seen))


@profile_signal("pair", "count")
def replied(rows: Records, seen: Rows) -> FloatColumn:
    """Messages that a recipient wrote to the sender before (maximum over recipients)."""
    return _side(rows, "side_count", 1 - seen["side"]).astype(np.float64)
