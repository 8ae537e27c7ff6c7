"""Signals from the history of linked domains."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.kinds.link_host import RECIPIENTS
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import days_between, flag
from detection_stream.signals.registry import profile_signal


@profile_signal("link", "flag")
def new(rows: Records, seen: Rows) -> FloatColumn:
    """A link leads to a domain never linked before."""
    return flag(rows["count"] == 0)


@profile_signal("link", "days", combine="min")
def days_known(rows: Records, seen: Rows) -> FloatColumn:
    """Days since links to the domain were first seen (minimum over links); NaN if all are new."""
    return days_between(rows["first_seen"], seen["seconds"], rows["count"] > 0)


@profile_signal("link", "count", combine="min")
def recipients(rows: Records, seen: Rows) -> FloatColumn:
    """Distinct recipients of links to the domain (estimate, minimum over links)."""
    return RECIPIENTS.estimate(rows)
