"""Collects rows that no read can see any more; expiry itself is decided when a row is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from detection_stream.state.table import Changes, Table

SWEEP_ROWS = 2_000
"""Rows of a table that one checkpoint looks at."""


@dataclass
class Sweep:
    """Walks through a table, a piece at each checkpoint, and starts again at its end.

    ``expired`` tells from a stored row and the watermark (seconds) whether every later read takes
    the row for absent; so the sweep's pace changes no result.
    """

    expired: Callable[[bytes, int], bool]
    _next: bytes = field(default=b"")

    def changes(self, table: Table, watermark: int) -> Changes:
        """Deletes of the next piece; rows that changed since the last checkpoint are left alone."""
        deletes: Changes = {}
        for looked_at, (key, value) in enumerate(table.items(self._next)):
            if looked_at == SWEEP_ROWS:
                self._next = key
                return deletes
            if key not in table.dirty and self.expired(value, watermark):
                deletes[key] = None
        self._next = b""
        return deletes
