"""What the organisation's history says about the message that this one answers."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import flag
from detection_stream.signals.registry import profile_signal


@profile_signal("thread", "flag")
def known(rows: Records, seen: Rows) -> FloatColumn:
    """The message answers one that this organisation has seen."""
    return flag(rows["count"] > 0)


@profile_signal("thread", "flag")
def own(rows: Records, seen: Rows) -> FloatColumn:
    """The message answers one that somebody of the organisation wrote."""
    return flag((rows["count"] > 0) & (rows["internal"] == 1))


@profile_signal("thread", "count")
def replies(rows: Records, seen: Rows) -> FloatColumn:
    """Replies to the answered message seen before this one."""
    return rows["replies"].astype(np.float64)
