"""Joins the rows of a message, in whatever order its levels arrive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from detection_stream.decision.columns import CONTEXT_COLUMNS
from detection_stream.decision.waiting import LevelRow, Waiting
from detection_stream.model.batch import Rows
from detection_stream.model.origin import Origin, origins_of
from detection_stream.profiles.kinds import KINDS
from detection_stream.signals.registry import signals_of

MAX_WAIT_TICKS = 30
"""Maximum ticks (seconds) that a message waits for a level."""
MAX_OPEN_TICKS = 3_600
"""Ticks that a decided message stays open for late rows."""
MAX_PENDING_MESSAGES = 200_000
"""Maximum waiting messages; above it the oldest are decided at the next tick."""


class Join:
    """Messages waiting for rows, by origin.

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
        """Add rows of a level; returns the messages they complete, in order."""
        origins = origins_of(rows)
        matrix = np.empty((len(rows), len(signals_of(level))))
        for number, signal in enumerate(signals_of(level)):
            matrix[:, number] = rows[signal.name]
        contexts = _contexts(rows) if level == "message" else None
        done: list[Origin] = []
        for row, (origin, failed) in enumerate(zip(origins, rows["failed"].tolist(), strict=True)):
            waiting = self._changed(origin)
            if contexts is not None:
                waiting.context, waiting.expected = contexts[row]
                waiting.wanted = 1 + sum(waiting.expected)
            waiting.parts.setdefault(level, []).append(LevelRow(failed, matrix, row))
            waiting.rows += 1
            waiting.failures += failed
            if waiting.complete():
                done.append(origin)
        return done

    def tick(self) -> list[Origin]:
        """Count a tick; returns the messages that time out, oldest first."""
        late: list[Origin] = []
        crowd = len(self.waiting) - MAX_PENDING_MESSAGES
        for origin in sorted(self.waiting):
            waiting = self._changed(origin)
            waiting.ticks += 1
            if waiting.revision == 0 and waiting.context is not None:
                if waiting.ticks >= MAX_WAIT_TICKS or len(late) < crowd:
                    late.append(origin)
            elif waiting.ticks >= MAX_OPEN_TICKS:
                del self.waiting[origin]
        return late

    def take(self, origins: list[Origin]) -> list[Waiting]:
        """Take the messages to decide; complete ones are removed, the others stay open.

        Later rows do not change what is returned.
        """
        taken = []
        for origin in origins:
            waiting = self._changed(origin)
            waiting.revision += 1
            if waiting.complete():
                taken.append(self.waiting.pop(origin))
            else:
                taken.append(waiting.copy())
        return taken

    def undecided(self, applied: Mapping[int, int] | None = None) -> int:
        """Messages waiting for their first verdict; with offsets by source, up to those."""
        return sum(
            waiting.revision == 0 and (applied is None or offset <= applied.get(topic, -1))
            for (topic, _, offset), waiting in self.waiting.items()
        )

    def changes(self) -> dict[bytes, bytes | None]:
        """Changes to the table of waiting messages."""
        changed: dict[bytes, bytes | None] = {
            _key(origin): None for origin in self._stored - self.waiting.keys()
        }
        for origin in self.waiting:
            waiting = self._changed(origin)
            waiting.parts = {
                level: [part.alone() for part in parts] for level, parts in waiting.parts.items()
            }
            changed[_key(origin)] = waiting.encode()
        self._stored = set(self.waiting)
        return changed

    @classmethod
    def restore(cls, items: Iterable[tuple[bytes, bytes]]) -> Join:
        """Load a join from its table."""
        join = cls()
        for key, value in items:
            topic, partition, offset = map(int, key.split(b"/"))
            join.waiting[topic, partition, offset] = Waiting.decode(value)
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
    topic, partition, offset = origin
    return f"{topic}/{partition}/{offset:020d}".encode()


def _contexts(rows: Rows) -> list[tuple[list[Any], list[int]]]:
    context = [_listed(rows[name]) for name in CONTEXT_COLUMNS]
    expected = [rows[f"expected.{role}"].tolist() for role in KINDS.levels]
    return list(
        zip(
            map(list, zip(*context, strict=True)),
            map(list, zip(*expected, strict=True)),
            strict=True,
        )
    )


def _listed(column: Any) -> list[Any]:
    return list(column.tolist() if isinstance(column, np.ndarray) else column)
