"""Signals from the history of the sender's address."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.kinds import address
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import authentication_break as breaks
from detection_stream.signals.profile_columns import days_between, flag, since
from detection_stream.signals.profile_columns import established as is_established
from detection_stream.signals.registry import profile_signal

MAX_RARE_HOUR_SHARE = 0.02
"""Maximum share of past messages near an hour for it to be unusual."""
MIN_HOUR_MESSAGES = 30
"""Minimum messages before an hour can be unusual."""
MIN_HOURLY_RATE = 1.0
"""Minimum hourly rate taken as usual, so that newcomers do not burst at once."""


@profile_signal("sender", "flag")
def known(rows: Records, seen: Rows) -> FloatColumn:
    """The address has written to the organisation before."""
    return flag(rows["count"] > 0)


@profile_signal("sender", "flag")
def established(rows: Records, seen: Rows) -> FloatColumn:
    """The address has written to the organisation often and for long."""
    return flag(is_established(rows["count"], rows["first_seen"], seen["seconds"]))


@profile_signal("sender", "days")
def days_known(rows: Records, seen: Rows) -> FloatColumn:
    """Days since the address was first seen; NaN if new."""
    return days_between(rows["first_seen"], seen["seconds"], rows["count"] > 0)


@profile_signal("sender", "days")
def days_since_last(rows: Records, seen: Rows) -> FloatColumn:
    """Days since the address last wrote; NaN if new."""
    return days_between(rows["last_seen"], seen["seconds"], rows["count"] > 0)


@profile_signal("sender", "count")
def messages_1h(rows: Records, seen: Rows) -> FloatColumn:
    """Messages from the address in the preceding hour."""
    return address.SENT_HOUR.count(rows, seen["seconds"])


@profile_signal("sender", "count")
def messages_1d(rows: Records, seen: Rows) -> FloatColumn:
    """Messages from the address in the preceding day."""
    return address.SENT_DAY.count(rows, seen["seconds"])


@profile_signal("sender", "count")
def messages_30d(rows: Records, seen: Rows) -> FloatColumn:
    """Messages from the address in the preceding 30 days."""
    return address.SENT_MONTH.count(rows, seen["seconds"])


@profile_signal("sender", "ratio")
def burst(rows: Records, seen: Rows) -> FloatColumn:
    """Messages in the last hour divided by the address's usual rate in an active hour."""
    month = address.SENT_MONTH.count(rows, seen["seconds"])
    hour = address.SENT_HOUR.count(rows, seen["seconds"])
    return hour / np.maximum((month - hour) / 240.0, MIN_HOURLY_RATE)


@profile_signal("sender", "count")
def recipients(rows: Records, seen: Rows) -> FloatColumn:
    """Distinct first recipients that the address has written to (estimate)."""
    return address.RECIPIENTS.estimate(rows)


@profile_signal("sender", "flag")
def solicited(rows: Records, seen: Rows) -> FloatColumn:
    """People of the organisation have written to the address, for some days."""
    return flag((rows["written_to"] > 0) & since(rows["written_first"], seen["seconds"]))


@profile_signal("sender", "flag")
def new_name(rows: Records, seen: Rows) -> FloatColumn:
    """A known address uses a new display name."""
    named = (address.NAMES.count(rows) > 0) & (seen["display_name"] != 0)
    return flag(named & ~address.NAMES.holds(rows, seen["display_name"]))


@profile_signal("sender", "flag")
def hour_unusual(rows: Records, seen: Rows) -> FloatColumn:
    """The address rarely writes at this hour of the day; NaN with little history."""
    share = address.HOURS.share_near(rows, seen["seconds"])
    return np.where(rows["count"] < MIN_HOUR_MESSAGES, np.nan, flag(share < MAX_RARE_HOUR_SHARE))


@profile_signal("sender", "flag")
def authentication_break(rows: Records, seen: Rows) -> FloatColumn:
    """The address usually authenticates but fails now; NaN without a result."""
    return breaks(rows, seen["seconds"], seen["authenticated"])


@profile_signal("sender", "flag")
def person(rows: Records, seen: Rows) -> FloatColumn:
    """The address belongs to a person in the directory."""
    return flag(rows["person"] == 1)
