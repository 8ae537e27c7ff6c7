"""The last few distinct members that an entity was seen with, by hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection_stream.profiles.block import FieldValue, NumpyField, Unit, described
from detection_stream.profiles.records import Records


@dataclass(frozen=True)
class Recent:
    """Up to ``size`` distinct members; a new one replaces the oldest.

    Members are hashes from 1 to 2**53 - 1; 0 means none and is never stored.
    """

    name: str
    words: str
    size: int
    unit: Unit
    listed: bool = False

    def fields(self) -> tuple[NumpyField, ...]:
        """Its fields."""
        return ((self.name, "i8", (self.size,)), (f"{self.name}_next", "u1"))

    def add(self, rows: Records, members: NDArray[np.int64]) -> None:
        """Add one member to each row."""
        self._add(rows, members)

    def _add(self, rows: Records, members: NDArray[np.int64]) -> tuple[Any, Any]:
        new = np.flatnonzero((members != 0) & ~self.holds(rows, members))
        slot = rows[f"{self.name}_next"][new]
        rows[self.name][new, slot] = members[new]
        rows[f"{self.name}_next"][new] = (slot + 1) % self.size
        return new, slot

    def holds(self, rows: Records, members: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each row contains the member."""
        result: NDArray[np.bool_] = (rows[self.name] == members[:, None]).any(axis=1)
        return result

    def count(self, rows: Records) -> NDArray[np.int64]:
        """The number of members in each row."""
        result: NDArray[np.int64] = (rows[self.name] != 0).sum(axis=1)
        return result

    def describe(self, row: Records, at: int) -> FieldValue:
        """The number of its members."""
        return described(self, "estimate", float(self.count(row)[0]))


@dataclass(frozen=True)
class RecentSince(Recent):
    """The same, with the time at which each member was first seen."""

    def fields(self) -> tuple[NumpyField, ...]:
        """Its fields."""
        return (*super().fields(), (f"{self.name}_since", "i8", (self.size,)))

    def add_at(self, rows: Records, members: NDArray[np.int64], seconds: NDArray[np.int64]) -> None:
        """Add one member to each row, seen at ``seconds``."""
        new, slot = self._add(rows, members)
        rows[f"{self.name}_since"][new, slot] = seconds[new]

    def held_since(
        self, rows: Records, members: NDArray[np.int64], seconds: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Whether each row has contained the member since ``seconds`` or before."""
        since = rows[f"{self.name}_since"] <= seconds[:, None]
        result: NDArray[np.bool_] = ((rows[self.name] == members[:, None]) & since).any(axis=1)
        return result
