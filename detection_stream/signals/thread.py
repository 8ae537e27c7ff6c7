"""Signals from the history of the message that this one replies to."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.kinds.thread import ADDRESSED
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import flag
from detection_stream.signals.registry import profile_signal


@profile_signal("thread", "flag")
def own(rows: Records, seen: Rows) -> FloatColumn:
    """The message replies to one that a person of the organisation wrote."""
    return flag((rows["count"] > 0) & (rows["by_hand"] == 1))


@profile_signal("thread", "count")
def replies(rows: Records, seen: Rows) -> FloatColumn:
    """Earlier replies to the same message."""
    return rows["replies"].astype(np.float64)


@profile_signal("thread", "flag")
def addressed(rows: Records, seen: Rows) -> FloatColumn:
    """A person of the organisation sent the message replied to to this sender or its domain."""
    sent = ADDRESSED.holds(rows, seen["address"]) & (seen["address"] != 0)
    to_domain = ADDRESSED.holds(rows, seen["domain"]) & (seen["domain"] != 0)
    return flag((rows["by_hand"] == 1) & (sent | to_domain))
