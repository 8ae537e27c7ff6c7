"""Signals from the history of the domain that delivered bulk or automatic mail."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.ownership import PROVEN
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import flag, since
from detection_stream.signals.registry import profile_signal

MIN_HABIT_MESSAGES = 5
"""Minimum bulk or automatic messages delivered before."""
MIN_HABIT_DAYS = 7.0
"""Minimum days since the first of them; a campaign rarely waits so long."""


@profile_signal("mailer", "flag")
def habitual(rows: Records, seen: Rows) -> FloatColumn:
    """Bulk or automatic mail by a proven domain that has long sent such mail here."""
    long = since(rows["bulk_first"], seen["seconds"], MIN_HABIT_DAYS)
    proven = seen["proof"] == PROVEN
    return flag(proven & (rows["bulk"] >= MIN_HABIT_MESSAGES) & long)
