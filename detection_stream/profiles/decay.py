"""Exponential decay, bit-identical on every machine.

The factor for an elapsed time is the product of constants, one for each ten bits of the elapsed
seconds, in a fixed order. numpy's ``exp`` differs between processors; multiplication does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detection_stream.profiles.block import FieldValue, NumpyField, Unit, described
from detection_stream.profiles.records import Records

DIGIT_BITS = 10
DIGITS = 3
"""Elapsed seconds are three digits of ten bits, so they are capped at 34 years."""


@dataclass(frozen=True)
class DecayedCount:
    """A count that halves every ``half_life_days`` days; ``{name}_at`` is when it was last set."""

    name: str
    words: str
    half_life_days: int
    unit: Unit = "messages"
    listed: bool = False

    def fields(self) -> tuple[NumpyField, ...]:
        """Its fields."""
        return ((self.name, "f8"), (f"{self.name}_at", "i8"))

    @cached_property
    def factors(self) -> list[NDArray[np.float64]]:
        """The factor of each value of each digit of the elapsed seconds.

        A factor is the product of correctly rounded ones for its bits, from the lowest bit on.
        """
        with localcontext() as context:
            context.prec = 40
            seconds = Decimal(self.half_life_days) * 86_400
            bits = [
                float(Decimal(2) ** (-Decimal(2**bit) / seconds))
                for bit in range(DIGITS * DIGIT_BITS)
            ]
        return [
            _products(bits[start : start + DIGIT_BITS]) for start in range(0, len(bits), DIGIT_BITS)
        ]

    def factor(self, elapsed: NDArray[np.int64]) -> NDArray[np.float64]:
        """Decay over ``elapsed`` seconds; 1 if time steps back."""
        capped = np.minimum(np.maximum(elapsed, 0), 2 ** (DIGITS * DIGIT_BITS) - 1)
        low, middle, high = self.factors
        mask = 2**DIGIT_BITS - 1
        result: NDArray[np.float64] = low[capped & mask]
        result *= middle[(capped >> DIGIT_BITS) & mask]
        result *= high[capped >> 2 * DIGIT_BITS]
        return result

    def value(self, rows: Records, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
        """The count as of ``seconds``."""
        elapsed = seconds - rows[f"{self.name}_at"]
        value: NDArray[np.float64] = rows[self.name] * self.factor(elapsed)
        return value

    def add(self, rows: Records, seconds: NDArray[np.int64], amount: NDArray[np.float64]) -> None:
        """Add ``amount``; if time steps back, adds without decay."""
        rows[self.name] = self.value(rows, seconds) + amount
        rows[f"{self.name}_at"] = np.maximum(rows[f"{self.name}_at"], seconds)

    def describe(self, row: Records, at: int) -> FieldValue:
        """The count as of that time, to three digits."""
        count = float(self.value(row, np.array([at], dtype=np.int64))[0])
        return described(self, "decayed", round(count, 3))


def _products(bits: list[float]) -> NDArray[np.float64]:
    products = np.ones(2 ** len(bits))
    for bit, factor in enumerate(bits):
        chosen = (np.arange(len(products)) >> bit) & 1 == 1
        products[chosen] *= factor
    return products
