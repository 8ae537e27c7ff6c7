"""Profile columns used by several levels."""

from __future__ import annotations

from typing import Any

import numpy as np

from detection_stream.model.batch import FloatColumn, IntColumn
from detection_stream.profiles.authentication import AUTHENTICATED, FAILED
from detection_stream.profiles.records import Records

SECONDS_A_DAY = 86_400.0
MIN_ESTABLISHED_DAYS = 14
"""Days after which an unanswered sender counts as established; a prelude rarely lasts so long."""
MIN_ESTABLISHED_MESSAGES = 3
"""Messages after which it does."""
MIN_RELATION_DAYS = 3
"""Days after which somebody whom people here write to counts as a correspondent."""
MIN_HABIT_PASSES = 5.0
"""Minimum decayed passes of a sender that usually authenticates."""


def flag(condition: Any) -> FloatColumn:
    """1.0 where true, 0.0 elsewhere."""
    column: FloatColumn = np.asarray(condition).astype(np.float64)
    return column


def days_before(seconds: IntColumn, days: float) -> IntColumn:
    """The time (seconds) so many days before."""
    return seconds - int(days * SECONDS_A_DAY)


def established(count: Any, first_seen: Any, seconds: IntColumn) -> Any:
    """Whether somebody has written often enough and long enough."""
    return (count >= MIN_ESTABLISHED_MESSAGES) & since(first_seen, seconds, MIN_ESTABLISHED_DAYS)


def since(first: Any, seconds: IntColumn, days: float = MIN_RELATION_DAYS) -> Any:
    """Whether what began at ``first`` (seconds) is so many days old, by default a few."""
    return first <= days_before(seconds, days)


def days_between(earlier: Any, later: IntColumn, known: Any) -> FloatColumn:
    """Days from ``earlier`` to ``later`` (seconds), at least 0; NaN if not ``known``."""
    days = np.maximum(later - earlier, 0) / SECONDS_A_DAY
    column: FloatColumn = np.where(known, days, np.nan)
    return column


def authentication_break(
    rows: Records, seconds: IntColumn, authenticated: FloatColumn
) -> FloatColumn:
    """1 if a sender that usually authenticates fails now; NaN without a result."""
    passed = AUTHENTICATED.value(rows, seconds)
    usual = (passed >= MIN_HABIT_PASSES) & (FAILED.value(rows, seconds) * 10 <= passed)
    return np.where(np.isnan(authenticated), np.nan, flag(usual & (authenticated == 0)))
