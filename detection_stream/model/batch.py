"""Rows as columns: what stages read and write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatColumn = NDArray[np.float64]
IntColumn = NDArray[np.int64]
Column = Sequence[Any] | NDArray[Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """``count`` rows as named columns of that length; lists for text, numpy arrays for numbers."""

    count: int
    columns: Mapping[str, Column]

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def __len__(self) -> int:
        return self.count

    def take(self, indices: NDArray[np.int64]) -> Rows:
        """The rows at ``indices``, in that order."""
        picked = indices.tolist()
        columns: dict[str, Column] = {
            name: column[indices] if isinstance(column, np.ndarray) else [column[i] for i in picked]
            for name, column in self.columns.items()
        }
        return Rows(len(picked), columns)

    def slice(self, start: int, stop: int) -> Rows:
        """Rows from ``start`` up to but excluding ``stop``."""
        columns = {name: column[start:stop] for name, column in self.columns.items()}
        return Rows(max(0, stop - start), columns)


def concatenate(parts: Sequence[Rows]) -> Rows:
    """Concatenate rows with the same columns; at least one part."""
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {}
    for name, first in parts[0].columns.items():
        columns[name] = (
            np.concatenate([part[name] for part in parts])
            if isinstance(first, np.ndarray)
            else [value for part in parts for value in part[name]]
        )
    return Rows(sum(len(part) for part in parts), columns)


def occurrence_rounds(entities: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Indexes of all first occurrences, then of all second ones, and so on.

    ``entities`` numbers the entity of each row. Within a round every entity occurs once, so a
    round can be applied as arrays; the rounds in turn apply each entity's rows in order.
    """
    count = len(entities)
    if count == 0:
        return
    if count == 1 or len(set(entities.tolist())) == count:
        yield np.arange(count)
        return
    order = np.argsort(entities, kind="stable")
    ordered = entities[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[starts, count])
    occurrence = np.arange(count) - np.repeat(starts, lengths)
    by_round = np.lexsort((order, occurrence))
    sizes = np.bincount(occurrence)
    stop = 0
    for size in sizes.tolist():
        start, stop = stop, stop + size
        yield order[by_round[start:stop]]


def number(keys: Iterable[bytes]) -> tuple[list[bytes], NDArray[np.int64]]:
    """Distinct keys in order of first occurrence, and the index of each row's key among them."""
    numbers: dict[bytes, int] = {}
    numbered = [numbers.setdefault(key, len(numbers)) for key in keys]
    return list(numbers), np.array(numbered, dtype=np.int64)
