"""One message that waits for rows of its levels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from detection_stream.model.observation import SIGNAL_ROLES

LEVELS = ("message", *SIGNAL_ROLES)


class Part(NamedTuple):
    """One row of a level: whether it failed, and where its signals are, in order of their names.

    Parts that came together share one matrix, so that they are put together again as arrays.
    """

    failed: int
    matrix: NDArray[np.float64]
    place: int

    def alone(self) -> Part:
        """The same on a matrix of its own, which holds nothing else in memory."""
        return Part(self.failed, self.matrix[self.place : self.place + 1].copy(), 0)


@dataclass(slots=True)
class Waiting:
    """One message whose rows are not all there.

    ``context`` is None until the message's own row came; ``expected`` counts the rows of each
    role that it waits for. ``ticks`` counts the ticks since the first row, ``revision`` the
    verdicts so far, ``rows`` the rows that came, ``wanted`` those that make it complete,
    ``failures`` those that failed.
    """

    context: list[Any] | None = None
    expected: list[int] = field(default_factory=list)
    parts: dict[str, list[Part]] = field(default_factory=dict)
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
        """Levels of which a row has not come, or failed."""
        if self.complete() and not self.failures:
            return []
        expected = zip(SIGNAL_ROLES, self.expected, strict=True) if self.context else ()
        return [
            role
            for role, wanted in expected
            if len(self.parts.get(role, ())) < wanted
            or any(part.failed for part in self.parts.get(role, ()))
        ]

    def complete(self) -> bool:
        """Whether the message's own row and all those that it expects are there."""
        return self.context is not None and self.rows == self.wanted

    def encode(self) -> bytes:
        """As stored."""
        parts = {
            level: [(part.failed, part.matrix[part.place].tolist()) for part in parts]
            for level, parts in self.parts.items()
        }
        return orjson.dumps([self.context, self.expected, parts, self.ticks, self.revision])

    @classmethod
    def decode(cls, value: bytes) -> Waiting:
        """From what was stored."""
        context, expected, levels, ticks, revision = orjson.loads(value)
        parts = {
            level: [Part(failed, np.array([row], dtype=np.float64), 0) for failed, row in rows]
            for level, rows in levels.items()
        }
        every = [part for rows in parts.values() for part in rows]
        return cls(
            context,
            expected,
            parts,
            ticks,
            revision,
            rows=len(every),
            wanted=1 + sum(expected) if context else 0,
            failures=sum(part.failed for part in every),
        )
