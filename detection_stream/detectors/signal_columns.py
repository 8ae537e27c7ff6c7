"""The columns that detectors read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from detection_stream.detectors.kleene import Truth, flag
from detection_stream.model.batch import FloatColumn


@dataclass
class SignalColumns:
    """The columns of one batch; an absent column is missing in every row.

    All detectors of a batch share it, so that common columns are computed once.
    """

    columns: Mapping[str, FloatColumn]
    size: int
    _flags: dict[str, Truth] = field(default_factory=dict)
    _constants: dict[float, FloatColumn] = field(default_factory=dict)

    def flag(self, name: str) -> Truth:
        """A signal as a condition."""
        known = self._flags.get(name)
        if known is None:
            known = self._flags[name] = flag(self.column(name))
        return known

    def column(self, name: str) -> FloatColumn:
        """The column of a signal."""
        column = self.columns.get(name)
        if column is None:
            return self.constant(math.nan)
        if column.shape != (self.size,):
            raise ValueError(f"column {name} has shape {column.shape}, not ({self.size},)")
        return column

    def constant(self, number: float) -> FloatColumn:
        """A constant column; must not be modified."""
        known = self._constants.get(number)
        if known is None:
            known = self._constants[number] = np.full(self.size, number, dtype=np.float64)
        return known
