"""Signals from the history of the sender's display name."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.kinds.name import ADDRESSES, CLAIMED_ADDRESSES, INTERNAL_ADDRESSES
from detection_stream.profiles.ownership import PROVEN
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import MIN_ESTABLISHED_DAYS, days_before, flag
from detection_stream.signals.registry import profile_signal

MIN_INTERNAL_MESSAGES = 3
"""Internal messages with a name after which it counts as that person's."""


def _borrowed(rows: Records, seen: Rows) -> FloatColumn:
    owned = (rows["internal_count"] >= MIN_INTERNAL_MESSAGES) | (rows["person"] == 1)
    own = INTERNAL_ADDRESSES.holds(rows, seen["address"])
    return flag(owned & ~own & (seen["internal"] == 0))


@profile_signal("name", "flag")
def internal_match(rows: Records, seen: Rows) -> FloatColumn:
    """The display name belongs to a person in the organisation, the address does not."""
    return _borrowed(rows, seen)


@profile_signal("name", "flag")
def vip_match(rows: Records, seen: Rows) -> FloatColumn:
    """The display name belongs to a VIP of the organisation, the address does not."""
    return flag((_borrowed(rows, seen) == 1) & (rows["vip"] == 1))


@profile_signal("name", "flag")
def known_address(rows: Records, seen: Rows) -> FloatColumn:
    """The address has used this display name for long, with as much proof as now."""
    since = days_before(seen["seconds"], MIN_ESTABLISHED_DAYS)
    proven = ADDRESSES.held_since(rows, seen["address"], since)
    claimed = CLAIMED_ADDRESSES.held_since(rows, seen["address"], since)
    claimed &= ~ADDRESSES.holds(rows, seen["address"])
    return flag(np.where(seen["proof"] == PROVEN, proven, claimed))


@profile_signal("name", "count")
def addresses(rows: Records, seen: Rows) -> FloatColumn:
    """Distinct addresses that used this display name (at most 12)."""
    return (ADDRESSES.count(rows) + CLAIMED_ADDRESSES.count(rows)).astype(np.float64)
