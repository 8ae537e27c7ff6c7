"""The calendar of the demo: which days and hours carry how much mail."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import fsum

from detection_stream.simulation.dice import Dice

START = 1_736_121_600
"""Monday 2025-01-06, midnight UTC, in seconds since 1970."""

DAYS = 90
QUIET_DAYS = DAYS // 3
"""Initial days with hardly any attacks, so that relationships can be learnt first."""


@dataclass(frozen=True)
class Rhythm:
    """How a kind of mail is distributed over the day and the calendar.

    ``hours`` are 24 relative weights; ``weekend`` scales Saturday and Sunday, ``early`` the quiet
    days.
    """

    hours: tuple[float, ...]
    weekend: float
    early: float = 1.0

    @cached_property
    def progress(self) -> tuple[float, ...]:
        """Cumulative share of mail before each day, ending with 1."""
        weights = [
            (self.weekend if day % 7 >= 5 else 1.0) * (self.early if day < QUIET_DAYS else 1.0)
            for day in range(DAYS)
        ]
        total = fsum(weights)
        return (*(running / total for running in accumulate(weights[:-1], initial=0.0)), 1.0)

    @cached_property
    def _cumulative(self) -> tuple[float, ...]:
        total = fsum(self.hours)
        return tuple(running / total for running in accumulate(self.hours))

    def second(self, dice: Dice) -> int:
        """A second of the day."""
        hour = min(bisect_right(self._cumulative, dice.random()), 23)
        return hour * 3600 + int(dice.random() * 3600)


_OFFICE = (0.02,) * 6 + (0.2, 1, 5, 9, 10, 9, 6, 8, 9, 9, 8, 5, 2, 1, 0.8, 0.6, 0.3, 0.1)
_WIDE = (1.0,) * 5 + (1.5, 2, 4, 7, 8, 8, 7, 6, 7, 8, 7, 6, 4, 3, 2, 2, 2, 1.5, 1)

BUSINESS = Rhythm(_OFFICE, weekend=0.05)
AROUND_THE_CLOCK = Rhythm((1.0,) * 24, weekend=0.8)
MARKETING = Rhythm(_WIDE, weekend=0.4)
ATTACK = Rhythm(_WIDE, weekend=0.3, early=0.12)
TARGETED_ATTACK = Rhythm(_OFFICE, weekend=0.1, early=0.12)
"""Impostors of colleagues or partners write when those do."""
