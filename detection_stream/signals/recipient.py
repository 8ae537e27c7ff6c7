"""Signals from the history of recipients."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.kinds import address
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import flag
from detection_stream.signals.registry import profile_signal

MIN_HOURLY_RATE = 2.0
"""Minimum hourly rate taken as usual."""


@profile_signal("recipient", "flag")
def vip(rows: Records, seen: Rows) -> FloatColumn:
    """A recipient is marked as VIP in the directory."""
    return flag(rows["vip"] == 1)


@profile_signal("recipient", "flag")
def finance(rows: Records, seen: Rows) -> FloatColumn:
    """A recipient works in finance, payroll or human resources, according to the directory."""
    return flag(rows["finance"] == 1)


@profile_signal("recipient", "count")
def messages_1h(rows: Records, seen: Rows) -> FloatColumn:
    """Messages to a recipient in the preceding hour (maximum over recipients)."""
    return address.RECEIVED_HOUR.count(rows, seen["seconds"])


@profile_signal("recipient", "count")
def messages_30d(rows: Records, seen: Rows) -> FloatColumn:
    """Messages to a recipient in the preceding 30 days (maximum over recipients)."""
    return address.RECEIVED_MONTH.count(rows, seen["seconds"])


@profile_signal("recipient", "ratio")
def burst(rows: Records, seen: Rows) -> FloatColumn:
    """Messages in the last hour divided by the recipient's usual rate in an active hour."""
    month = address.RECEIVED_MONTH.count(rows, seen["seconds"])
    hour = address.RECEIVED_HOUR.count(rows, seen["seconds"])
    return hour / np.maximum((month - hour) / 240.0, MIN_HOURLY_RATE)
