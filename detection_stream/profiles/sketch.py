"""Distinct counts in 64 bytes: HyperLogLog (Flajolet et al., 2007) with linear counting below."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from detection_stream.profiles.block import FieldValue, NumpyField, Unit, described
from detection_stream.profiles.records import Records

REGISTERS = 64
REGISTER_BITS = 6
HASH_BITS = 53
"""Hashes are below 2**53, so that JSON readers do not lose bits."""

_ALPHA = 0.709
"""Bias constant for 64 registers, from the paper."""


def _linear_counts() -> NDArray[np.float64]:
    with localcontext() as context:
        context.prec = 40
        counts = [Decimal(REGISTERS) * (Decimal(REGISTERS) / zeros).ln() for zeros in range(1, 65)]
    return np.array([0.0, *(float(count) for count in counts)])


_LINEAR = _linear_counts()


@dataclass(frozen=True)
class Distinct:
    """The number of distinct members seen, within about 13 % (standard error)."""

    name: str
    words: str
    unit: Unit = "about"
    listed: bool = False

    def fields(self) -> tuple[NumpyField, ...]:
        """Its field."""
        return ((self.name, "u1", (REGISTERS,)),)

    def add(self, rows: Records, members: NDArray[np.int64]) -> None:
        """Add one member, given by its hash (0 to 2**53 - 1), to each row."""
        register = members & (REGISTERS - 1)
        rest = (members >> REGISTER_BITS).astype(np.float64)
        # frexp's exponent is exact, so this is the position of the highest set bit.
        rank = (HASH_BITS - REGISTER_BITS) - np.frexp(rest)[1] + 1
        index = np.arange(len(rows)), register
        registers = rows[self.name]
        registers[index] = np.maximum(registers[index], rank.astype(np.uint8))

    def estimate(self, rows: Records) -> NDArray[np.float64]:
        """Distinct members, one number per row; 0 if none."""
        registers = rows[self.name]
        zeros = (registers == 0).sum(axis=1)
        # Powers of two add up without rounding, so the sum has the same bits in any order.
        harmonic = np.ldexp(1.0, -registers.astype(np.int64)).sum(axis=1)
        raw = _ALPHA * REGISTERS * REGISTERS / harmonic
        small = (raw <= 2.5 * REGISTERS) & (zeros > 0)
        estimate: NDArray[np.float64] = np.where(small, _LINEAR[zeros], raw)
        return estimate

    def describe(self, row: Records, at: int) -> FieldValue:
        """The estimate, to one digit."""
        return described(self, "estimate", round(float(self.estimate(row)[0]), 1))
