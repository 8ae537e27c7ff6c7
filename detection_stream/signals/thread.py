"""Signals from the history of the message that this one replies to."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import flag
from detection_stream.signals.registry import profile_signal


@profile_signal("thread", "flag")
def known(rows: Records, seen: Rows) -> FloatColumn:
    """The message replies to one that the organisation has seen."""
    return flag(rows["count"] > 0)


@profile_signal("thread", "flag")
def own(rows: Records, seen: Rows) -> FloatColumn:
    """The message replies to one written by somebody in the organisation."""
    return flag((rows["count"] > 0) & (rows["internal"] == 1))


@profile_signal("thread", "count")
def replies(rows: Records, seen: Rows) -> FloatColumn:
    """Earlier replies to the same message."""
    return rows["replies"].astype(np.float64)
