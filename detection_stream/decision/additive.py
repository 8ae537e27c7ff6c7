"""A sum of tables over one or two inputs each: exact to the bit, and its own explanation.

Each input is cut into bins, and each term of the model is a table over the bins of one input or
of a pair. The score of a message is the sum of one entry of each table, so an entry is exactly
what a term contributes. Entries are whole numbers, whose sums are the same on every machine and in
any order.

Such models are called generalised additive models with pairwise interactions (Lou et al.,
Accurate Intelligible Models with Pairwise Interactions, KDD 2013).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import FloatColumn

UNIT: Final = 1 << 16
"""Entries are in this many parts of one unit of log-odds."""

_CHUNK_ROWS: Final = 1_024
"""Messages scored at once, to bound memory."""

Bins = NDArray[np.int64]
Entries = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Term:
    """A table over the bins of the inputs at places ``first`` and ``second``, equal for one input.

    ``entries`` has shape (bins of first,) or (bins of first, bins of second).
    """

    first: int
    second: int
    entries: Entries


class _Tables(NamedTuple):
    """All terms as arrays: places of inputs, strides, where entries begin, and all entries."""

    first: Bins
    second: Bins
    stride: Bins
    pair: Bins
    start: Bins
    entries: Entries


@dataclass(frozen=True)
class AdditiveModel:
    """Terms over ``inputs``, whose bins end at ascending ``edges``.

    A value belongs to the first bin whose edge it does not exceed. Each input has two more bins:
    one for values above all edges, the last one for missing ones.
    """

    inputs: tuple[str, ...]
    edges: tuple[tuple[float, ...], ...]
    intercept: int
    terms: tuple[Term, ...]

    @cached_property
    def _limits(self) -> list[FloatColumn]:
        return [np.array(edges, dtype=np.float64) for edges in self.edges]

    @cached_property
    def _tables(self) -> _Tables:
        pair = np.array([term.first != term.second for term in self.terms], dtype=np.int64)
        width = np.array([term.entries.shape[-1] for term in self.terms], dtype=np.int64)
        sizes = [term.entries.size for term in self.terms]
        return _Tables(
            np.array([term.first for term in self.terms], dtype=np.int64),
            np.array([term.second for term in self.terms], dtype=np.int64),
            np.where(pair, width, 1),
            pair,
            np.cumsum([0, *sizes[:-1]], dtype=np.int64),
            np.concatenate([term.entries.ravel() for term in self.terms]),
        )

    def bins(self, columns: Mapping[str, FloatColumn], size: int) -> Bins:
        """The bin of each input (columns) of each message (rows); an absent column is missing."""
        bins = np.empty((size, len(self.inputs)), dtype=np.int64)
        for place, (name, limits) in enumerate(zip(self.inputs, self._limits, strict=True)):
            column = columns.get(name)
            if column is None:
                bins[:, place] = len(limits) + 1
                continue
            found = np.searchsorted(limits, column, side="left")
            bins[:, place] = np.where(np.isnan(column), len(limits) + 1, found)
        return bins

    def contributions(self, bins: Bins) -> Entries:
        """What each term (columns) adds for each message (rows), in parts of ``UNIT``."""
        if not self.terms:
            return np.zeros((len(bins), 0), dtype=np.int64)
        tables = self._tables
        places = bins[:, tables.first] * tables.stride
        places += bins[:, tables.second] * tables.pair
        places += tables.start
        found: Entries = tables.entries[places]
        return found

    def score(self, columns: Mapping[str, FloatColumn], size: int) -> Entries:
        """The log-odds of each message, in parts of ``UNIT``."""
        scores = np.empty(size, dtype=np.int64)
        for start in range(0, size, _CHUNK_ROWS):
            stop = min(start + _CHUNK_ROWS, size)
            part = {name: columns[name][start:stop] for name in self.inputs if name in columns}
            found = self.contributions(self.bins(part, stop - start))
            scores[start:stop] = found.sum(axis=1) + self.intercept
        return scores
