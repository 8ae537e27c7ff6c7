"""Joined messages: one column per signal over all levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection_stream.decision.columns import CONTEXT_COLUMNS, LEVELS
from detection_stream.decision.waiting import LevelRow, Waiting
from detection_stream.model.batch import FloatColumn
from detection_stream.profiles.kinds import KINDS
from detection_stream.signals.registry import signals_of


@dataclass(frozen=True, slots=True)
class Joined:
    """Messages to decide, in order.

    ``context`` has a list of the ``CONTEXT_COLUMNS`` for each, ``signals`` one column per signal.
    """

    context: list[dict[str, Any]]
    signals: dict[str, FloatColumn]
    missing: list[list[str]]
    revisions: list[int]

    def __len__(self) -> int:
        return len(self.context)


def put_together(taken: list[Waiting]) -> Joined:
    """Join the rows of each message into one value per signal."""
    names = tuple(CONTEXT_COLUMNS)
    columns: dict[str, FloatColumn] = {}
    for level in LEVELS:
        reduced = _reduce(level, taken)
        columns |= {signal.name: reduced[:, n] for n, signal in enumerate(signals_of(level))}
    return Joined(
        [dict(zip(names, waiting.context or (), strict=True)) for waiting in taken],
        columns,
        [waiting.missing() for waiting in taken],
        [waiting.revision for waiting in taken],
    )


def _reduce(level: str, taken: list[Waiting]) -> NDArray[np.float64]:
    """One value per message and signal of a level, over the rows that did not fail.

    If a message has no such entity (no link, no parent message), flags are 0, the rest NaN;
    if a row is missing or failed, everything is NaN.
    """
    signals = signals_of(level)
    rows: list[LevelRow] = []
    counts: list[int] = []
    idle: list[int] = []
    wanted_at = KINDS.levels.index(level) if level != "message" else -1
    for place, waiting in enumerate(taken):
        parts = waiting.parts.get(level, ())
        wanted = waiting.expected[wanted_at] if wanted_at >= 0 else 1
        if wanted == 0:
            idle.append(place)
        if len(parts) < wanted or (waiting.failures and any(part.failed for part in parts)):
            parts = ()
        counts.append(len(parts))
        rows += parts
    result = np.full((len(taken), len(signals)), np.nan)
    if idle:
        flags = [number for number, signal in enumerate(signals) if signal.type == "flag"]
        result[np.ix_(idle, flags)] = 0.0
    if rows:
        matrix = _gather(rows)
        filled = np.flatnonzero(counts)
        if len(filled) == len(rows):
            result[filled] = matrix
        else:
            starts = np.cumsum([0, *counts])[:-1][filled]
            lowest = np.array([signal.combine == "min" for signal in signals])
            highest = np.fmax.reduceat(matrix, starts, axis=0)
            least = np.fmin.reduceat(matrix, starts, axis=0)
            result[filled] = np.where(lowest, least, highest)
    return np.asfortranarray(result)


def _gather(parts: list[LevelRow]) -> NDArray[np.float64]:
    """The rows of parts as one matrix, in order."""
    found: dict[int, tuple[NDArray[np.float64], list[int], list[int]]] = {}
    for number, (_, matrix, row) in enumerate(parts):
        _, numbers, rows = found.setdefault(id(matrix), (matrix, [], []))
        numbers.append(number)
        rows.append(row)
    if len(found) == 1:
        ((matrix, _, rows),) = found.values()
        return matrix[rows]
    gathered = np.empty((len(parts), parts[0].matrix.shape[1]))
    for matrix, numbers, rows in found.values():
        gathered[numbers] = matrix[rows]
    return gathered
