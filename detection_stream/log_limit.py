"""Bounds what others can make a log hold."""

from __future__ import annotations

import logging
import time

MAX_LINES = 20
"""Lines of one kind that are logged a minute; the rest is counted."""
MAX_KINDS = 1_000
"""Kinds remembered; beyond them everything is let through until the minute is over."""
WINDOW_SECONDS = 60.0


class LogLimit(logging.Filter):
    """Lets ``MAX_LINES`` lines of the same kind through a minute.

    Lines are of one kind when they come from the same message format. The first line after a
    minute with more says how many were dropped. It is added to handlers, so that it holds for all
    loggers.
    """

    def __init__(self, lines: int = MAX_LINES) -> None:
        super().__init__()
        self._lines = lines
        self._since = time.monotonic()
        self._counts: dict[str, int] = {}
        self._dropped: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line may be logged."""
        now = time.monotonic()
        if now - self._since >= WINDOW_SECONDS:
            self._dropped = {
                kind: count - self._lines
                for kind, count in self._counts.items()
                if count > self._lines
            }
            self._since, self._counts = now, {}
        kind = str(record.msg)
        if kind in self._counts or len(self._counts) < MAX_KINDS:
            self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts.get(kind, 0) > self._lines:
            return False
        if dropped := self._dropped.pop(kind, 0):
            record.msg = f"{kind} (and {dropped:,} more such lines in the minute before)"
        return True
