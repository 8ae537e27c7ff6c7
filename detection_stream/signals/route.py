"""Signals from the history of the way on which unproven mail of an own address comes."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import flag, since
from detection_stream.signals.registry import profile_signal

MIN_MESSAGES = 2
"""Minimum messages that came the same way before."""
MIN_DAYS = 7.0
"""Minimum days since the first of them."""


@profile_signal("route", "flag")
def established(rows: Records, seen: Rows) -> FloatColumn:
    """The own address has long come from this network without proof, as it does now."""
    long = since(rows["first_seen"], seen["seconds"], MIN_DAYS)
    return flag((rows["count"] >= MIN_MESSAGES) & long)
