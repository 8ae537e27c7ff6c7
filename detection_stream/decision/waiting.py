"""A message waiting for rows of its levels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from detection_stream.decision.columns import CONTEXT_COLUMNS, LEVELS
from detection_stream.profiles.kinds import KINDS
from detection_stream.signals.registry import signals_of


class LevelRow(NamedTuple):
    """One row of a level: whether it failed, and the position of its signals, in name order.

    Parts that arrived together share one matrix, so they can be reassembled as arrays.
    """

    failed: int
    matrix: NDArray[np.float64]
    place: int

    def alone(self) -> LevelRow:
        """A copy with its own matrix, to release the shared one."""
        return LevelRow(self.failed, self.matrix[self.place : self.place + 1].copy(), 0)


@dataclass(slots=True)
class Waiting:
    """A message whose rows have not all arrived.

    ``context`` is None until the message's own row arrives; ``expected`` counts the rows of each
    role that it waits for. ``ticks`` counts the ticks since the first row, ``revision`` the
    verdicts so far, ``rows`` the rows so far, ``wanted`` those needed in total,
    ``failures`` those that failed.
    """

    context: list[Any] | None = None
    expected: list[int] = field(default_factory=list)
    parts: dict[str, list[LevelRow]] = field(default_factory=dict)
    ticks: int = 0
    revision: int = 0
    rows: int = 0
    wanted: int = 0
    failures: int = 0

    def copy(self) -> Waiting:
        """A copy to change."""
        parts = {level: list(rows) for level, rows in self.parts.items()}
        return replace(self, parts=parts)

    def missing(self) -> list[str]:
        """Levels with a missing or failed row."""
        if self.complete() and not self.failures:
            return []
        expected = zip(KINDS.levels, self.expected, strict=True) if self.context else ()
        return [
            role
            for role, wanted in expected
            if len(self.parts.get(role, ())) < wanted
            or any(part.failed for part in self.parts.get(role, ()))
        ]

    def complete(self) -> bool:
        """Whether the message's own row and all expected rows have arrived."""
        return self.context is not None and self.rows == self.wanted

    def encode(self) -> bytes:
        """As stored: everything by its name, so that a release with other signals can read it."""
        stored: dict[str, Any] = {
            "ticks": self.ticks,
            "revision": self.revision,
            "parts": {level: _encoded(level, parts) for level, parts in self.parts.items()},
        }
        if self.context is not None:
            stored["context"] = dict(zip(CONTEXT_COLUMNS, self.context, strict=True))
            stored["expected"] = dict(zip(KINDS.levels, self.expected, strict=True))
        return orjson.dumps(stored)

    @classmethod
    def decode(cls, value: bytes) -> Waiting:
        """From what was stored.

        A signal that is new since then is NaN, one that is gone is left out, and so is a level.
        """
        stored = orjson.loads(value)
        parts = {
            level: _decoded(level, found)
            for level, found in stored["parts"].items()
            if level in LEVELS
        }
        every = [part for rows in parts.values() for part in rows]
        context, expected = None, []
        if "context" in stored:
            context = [stored["context"].get(name, "") for name in CONTEXT_COLUMNS]
            expected = [stored["expected"].get(level, 0) for level in KINDS.levels]
        return cls(
            context,
            expected,
            parts,
            stored["ticks"],
            stored["revision"],
            rows=len(every),
            wanted=1 + sum(expected) if context else 0,
            failures=sum(part.failed for part in every),
        )


def _encoded(level: str, parts: list[LevelRow]) -> dict[str, Any]:
    return {
        "signals": [signal.name for signal in signals_of(level)],
        "rows": [(part.failed, part.matrix[part.place].tolist()) for part in parts],
    }


def _decoded(level: str, stored: dict[str, Any]) -> list[LevelRow]:
    names, rows = stored["signals"], stored["rows"]
    known = np.array([values for _, values in rows], dtype=np.float64).reshape(len(rows), -1)
    columns = {name: known[:, number] for number, name in enumerate(names)}
    absent = np.full(len(rows), np.nan)
    wanted = [columns.get(signal.name, absent) for signal in signals_of(level)]
    matrix = np.column_stack(wanted) if wanted else np.empty((len(rows), 0))
    return [LevelRow(failed, matrix[n : n + 1].copy(), 0) for n, (failed, _) in enumerate(rows)]
