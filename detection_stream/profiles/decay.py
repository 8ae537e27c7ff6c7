"""Exponential decay with the same bits on every machine.

The factor for an elapsed time is the product of constants, one for each set bit of the elapsed
seconds, in a fixed order. numpy's ``exp`` differs between processors; multiplication does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection_stream.profiles.row import Records

ELAPSED_BITS = 30
"""Elapsed seconds are capped at 2**30 - 1 (34 years)."""


@dataclass(frozen=True)
class DecayedCount:
    """A count that halves every ``half_life_days`` days; ``{name}_at`` is when it was last set."""

    name: str
    half_life_days: int

    def fields(self) -> tuple[tuple[Any, ...], ...]:
        """The fields of a row type that hold this count."""
        return ((self.name, "f8"), (f"{self.name}_at", "i8"))

    @cached_property
    def factors(self) -> list[float]:
        """Factor for 2**bit seconds, correctly rounded, for each bit."""
        with localcontext() as context:
            context.prec = 40
            seconds = Decimal(self.half_life_days) * 86_400
            return [
                float(Decimal(2) ** (-Decimal(2**bit) / seconds)) for bit in range(ELAPSED_BITS)
            ]

    def factor(self, elapsed: NDArray[np.int64]) -> NDArray[np.float64]:
        """Decay over ``elapsed`` seconds; 1 for times that step back."""
        capped = np.clip(elapsed, 0, 2**ELAPSED_BITS - 1)
        result = np.ones(len(capped))
        highest = int(capped.max(initial=0)).bit_length()
        for bit in range(highest):
            result = np.where((capped >> bit) & 1, result * self.factors[bit], result)
        return result

    def value(self, rows: Records, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
        """The count as of ``seconds``."""
        elapsed = seconds - rows[f"{self.name}_at"]
        value: NDArray[np.float64] = rows[self.name] * self.factor(elapsed)
        return value

    def add(self, rows: Records, seconds: NDArray[np.int64], amount: NDArray[np.float64]) -> None:
        """Add ``amount``; a time that steps back adds without decay."""
        rows[self.name] = self.value(rows, seconds) + amount
        rows[f"{self.name}_at"] = np.maximum(rows[f"{self.name}_at"], seconds)
