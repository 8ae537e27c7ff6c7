"""A share of messages with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964
"""Quantile of the normal distribution for 95 %."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """``found`` of ``of`` messages; ``units`` (at most ``of``) of them are independent."""

    found: int
    of: int
    units: int

    @property
    def value(self) -> float:
        """0 to 1; NaN of nothing."""
        return self.found / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval, as if there were as many messages as independent units.

        Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
        JASA 22 (1927).
        """
        if not self.of or not self.units:
            return 0.0, 1.0
        share, count = self.value, self.units
        spread = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
        middle, whole = share + _Z**2 / (2 * count), 1 + _Z**2 / count
        low = (middle - spread) / whole if self.found else 0.0
        high = (middle + spread) / whole if self.found < self.of else 1.0
        return max(low, 0.0), min(high, 1.0)


def chance_of(lost: int, gained: int) -> float:
    """How likely at least ``lost`` of the changes would be losses if each were even odds.

    This is the one-sided sign test, exact.
    """
    changed = lost + gained
    ways: int = sum(math.comb(changed, count) for count in range(lost, changed + 1))
    return ways / (1 << changed)
