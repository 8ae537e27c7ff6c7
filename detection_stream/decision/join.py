"""Brings the rows of a message together, whatever the order in which its levels arrive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import orjson

from detection_stream.decision.columns import CONTEXT_COLUMNS
from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.model.observation import SIGNAL_ROLES
from detection_stream.signals.registry import Signal, signals_of

TICK_LIMIT = 30
"""Ticks (seconds) that a message waits for a level before it is decided without it."""
OPEN_TICKS = 3_600
"""Ticks that a decided message stays open for late rows."""
PENDING_LIMIT = 200_000
"""Messages that may wait at once; beyond it the oldest are decided at the next tick."""

LEVELS = ("message", *SIGNAL_ROLES)


Part = tuple[int, list[float]]
"""One row of a level: whether it failed, and its signals in order of their names."""


@dataclass(slots=True)
class Waiting:
    """One message whose rows are not all there.

    ``context`` is None until the message's own row came; ``expected`` counts the rows of each
    role that it waits for. ``ticks`` counts the ticks since the first row, ``revision`` the
    verdicts so far, ``rows`` the rows that came, ``wanted`` those that make it complete.
    """

    context: list[Any] | None = None
    expected: list[int] = field(default_factory=list)
    parts: dict[str, list[Part]] = field(default_factory=dict)
    ticks: int = 0
    revision: int = 0
    rows: int = 0
    wanted: int = 0

    def copy(self) -> Waiting:
        """A copy to change."""
        parts = {level: list(rows) for level, rows in self.parts.items()}
        return replace(self, parts=parts)

    def missing(self) -> list[str]:
        """Levels of which a row has not come, or failed."""
        expected = zip(SIGNAL_ROLES, self.expected, strict=True) if self.context else ()
        return [
            role
            for role, wanted in expected
            if len(self.parts.get(role, ())) < wanted
            or any(failed for failed, _ in self.parts.get(role, ()))
        ]

    def complete(self) -> bool:
        """Whether the message's own row and all those that it expects are there."""
        return self.context is not None and self.rows == self.wanted


Origin = tuple[int, int]
"""Partition and offset of a raw record."""


class Join:
    """Messages that wait for rows, by origin.

    A copy shares the waiting messages with its original until it changes one, so that a failed
    batch leaves the original as it was.
    """

    def __init__(self) -> None:
        self.waiting: dict[Origin, Waiting] = {}
        self._stored: set[Origin] = set()
        self._own: set[Origin] = set()

    def __len__(self) -> int:
        return len(self.waiting)

    def copy(self) -> Join:
        """A copy to change."""
        copied = Join()
        copied.waiting = dict(self.waiting)
        copied._stored = self._stored
        return copied

    def add(self, level: str, rows: Rows) -> list[Origin]:
        """Take rows of a level; returns the messages that they make complete, in order."""
        origins = zip(rows["origin_partition"].tolist(), rows["origin"].tolist(), strict=True)
        values = np.column_stack([rows[s.name] for s in signals_of(level)]).tolist()
        contexts = _contexts(rows) if level == "message" else None
        done: list[Origin] = []
        for place, (origin, failed, row) in enumerate(
            zip(origins, rows["failed"].tolist(), values, strict=True)
        ):
            waiting = self._changed(origin)
            if contexts is not None:
                waiting.context, waiting.expected = contexts[place]
                waiting.wanted = 1 + sum(waiting.expected)
            waiting.parts.setdefault(level, []).append((failed, row))
            waiting.rows += 1
            if waiting.complete():
                done.append(origin)
        return done

    def tick(self) -> list[Origin]:
        """Count a tick; returns the messages whose time is up, oldest first."""
        late: list[Origin] = []
        crowd = len(self.waiting) - PENDING_LIMIT
        for origin in sorted(self.waiting):
            waiting = self._changed(origin)
            waiting.ticks += 1
            if waiting.revision == 0 and waiting.context is not None:
                if waiting.ticks >= TICK_LIMIT or len(late) < crowd:
                    late.append(origin)
            elif waiting.ticks >= OPEN_TICKS:
                del self.waiting[origin]
        return late

    def take(self, origins: list[Origin]) -> Joined:
        """The messages to decide; those that are complete are forgotten, the others stay open."""
        taken = []
        for origin in origins:
            waiting = self._changed(origin)
            waiting.revision += 1
            taken.append(waiting)
            if waiting.complete():
                del self.waiting[origin]
        return _joined(taken)

    def undecided(self) -> int:
        """Messages that wait for their first verdict."""
        return sum(1 for waiting in self.waiting.values() if waiting.revision == 0)

    def changes(self) -> dict[bytes, bytes | None]:
        """What a table that holds the waiting messages has to change."""
        changed: dict[bytes, bytes | None] = {
            _key(origin): None for origin in self._stored - self.waiting.keys()
        }
        for origin, waiting in self.waiting.items():
            changed[_key(origin)] = orjson.dumps(
                [
                    waiting.context,
                    waiting.expected,
                    waiting.parts,
                    waiting.ticks,
                    waiting.revision,
                ]
            )
        self._stored = set(self.waiting)
        return changed

    @classmethod
    def restore(cls, items: Iterable[tuple[bytes, bytes]]) -> Join:
        """The join that a table holds."""
        join = cls()
        for key, value in items:
            context, expected, parts, ticks, revision = orjson.loads(value)
            read = {
                level: [(failed, [np.nan if v is None else v for v in row]) for failed, row in rows]
                for level, rows in parts.items()
            }
            partition, offset = key.split(b"/")
            origin = int(partition), int(offset)
            rows = sum(map(len, read.values()))
            wanted = 1 + sum(expected) if context else 0
            join.waiting[origin] = Waiting(context, expected, read, ticks, revision, rows, wanted)
        join._stored = set(join.waiting)
        return join

    def _changed(self, origin: Origin) -> Waiting:
        waiting = self.waiting.get(origin)
        if waiting is None:
            waiting = self.waiting[origin] = Waiting()
        elif origin not in self._own:
            waiting = self.waiting[origin] = waiting.copy()
        else:
            return waiting
        self._own.add(origin)
        return waiting


def _key(origin: Origin) -> bytes:
    return f"{origin[0]}/{origin[1]:020d}".encode()


def _contexts(rows: Rows) -> list[tuple[list[Any], list[int]]]:
    context = [_listed(rows[name]) for name in CONTEXT_COLUMNS]
    expected = [rows[f"expected.{role}"].tolist() for role in SIGNAL_ROLES]
    return list(
        zip(
            map(list, zip(*context, strict=True)),
            map(list, zip(*expected, strict=True)),
            strict=True,
        )
    )


def _listed(column: Any) -> list[Any]:
    return list(column.tolist() if isinstance(column, np.ndarray) else column)


@dataclass(frozen=True, slots=True)
class Joined:
    """Messages to decide, in order.

    ``context`` has a list of the ``CONTEXT_COLUMNS`` for each, ``signals`` one column a signal.
    """

    context: list[dict[str, Any]]
    signals: dict[str, FloatColumn]
    missing: list[list[str]]
    revisions: list[int]

    def __len__(self) -> int:
        return len(self.context)


def _joined(taken: list[Waiting]) -> Joined:
    names = tuple(CONTEXT_COLUMNS)
    columns: dict[str, FloatColumn] = {}
    for level in LEVELS:
        columns |= _reduce(level, taken)
    return Joined(
        [dict(zip(names, waiting.context or (), strict=True)) for waiting in taken],
        columns,
        [waiting.missing() for waiting in taken],
        [waiting.revision for waiting in taken],
    )


def _reduce(level: str, taken: list[Waiting]) -> dict[str, FloatColumn]:
    """One value a message and signal of a level, over the rows that came without failing.

    Where a message has nothing to ask (no link, no answered message) flags are 0, the rest NaN;
    where a row is missing or failed everything is NaN.
    """
    signals: tuple[Signal, ...] = signals_of(level)
    rows: list[list[float]] = []
    counts = []
    idle = np.zeros(len(taken), dtype=bool)
    wanted_at = SIGNAL_ROLES.index(level) if level != "message" else -1
    for place, waiting in enumerate(taken):
        parts = waiting.parts.get(level, [])
        good = [] if any(failed for failed, _ in parts) else [row for _, row in parts]
        wanted = waiting.expected[wanted_at] if wanted_at >= 0 else 1
        if len(parts) < wanted:
            good = []
        idle[place] = wanted == 0
        counts.append(len(good))
        rows += good
    result = {s.name: np.full(len(taken), np.nan) for s in signals}
    for signal in signals:
        if signal.type == "flag":
            result[signal.name][idle] = 0.0
    if rows:
        matrix = np.array(rows)
        filled = np.flatnonzero(counts)
        starts = np.cumsum([0, *counts])[:-1][filled]
        for number, signal in enumerate(signals):
            reduce = np.fmax if signal.combine == "max" else np.fmin
            result[signal.name][filled] = reduce.reduceat(matrix[:, number], starts)
    return result
