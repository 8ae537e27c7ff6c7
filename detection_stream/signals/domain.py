"""Signals from the history of the sender's registrable domain."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.kinds import domain
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import authentication_break as breaks
from detection_stream.signals.profile_columns import days_between, flag, since
from detection_stream.signals.profile_columns import established as is_established
from detection_stream.signals.registry import profile_signal


@profile_signal("domain", "flag")
def known(rows: Records, seen: Rows) -> FloatColumn:
    """Mail from the domain has been seen before."""
    return flag(rows["count"] > 0)


@profile_signal("domain", "flag")
def established(rows: Records, seen: Rows) -> FloatColumn:
    """The domain has written to the organisation often and for long."""
    return flag(is_established(rows["count"], rows["first_seen"], seen["seconds"]))


@profile_signal("domain", "days")
def days_known(rows: Records, seen: Rows) -> FloatColumn:
    """Days since mail from the domain was first seen; NaN if new."""
    return days_between(rows["first_seen"], seen["seconds"], rows["count"] > 0)


@profile_signal("domain", "count")
def messages_30d(rows: Records, seen: Rows) -> FloatColumn:
    """Messages from the domain in the preceding 30 days."""
    return domain.SENT_MONTH.count(rows, seen["seconds"])


@profile_signal("domain", "count")
def senders(rows: Records, seen: Rows) -> FloatColumn:
    """Distinct senders of the domain (estimate)."""
    return domain.SENDERS.estimate(rows)


@profile_signal("domain", "count")
def recipients(rows: Records, seen: Rows) -> FloatColumn:
    """Distinct first recipients of the domain's mail (estimate)."""
    return domain.RECIPIENTS.estimate(rows)


@profile_signal("domain", "flag")
def solicited(rows: Records, seen: Rows) -> FloatColumn:
    """People of the organisation have written to the domain, for some days."""
    return flag((rows["written_to"] > 0) & since(rows["written_first"], seen["seconds"]))


@profile_signal("domain", "flag")
def authentication_break(rows: Records, seen: Rows) -> FloatColumn:
    """The domain usually authenticates but fails now; NaN without a result."""
    return breaks(rows, seen["seconds"], seen["authenticated"])
