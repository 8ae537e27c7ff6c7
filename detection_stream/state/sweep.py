"""Collects rows that no read can see any more; expiry itself is decided when a row is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from detection_stream.state.table import Changes, Table

SWEEP_ROWS = 2_000
"""Rows of a table that one checkpoint looks at."""


@dataclass
class Sweep:
    """Walks through a table, a piece at each checkpoint, and starts again at its end.

    ``expired`` tells from stored rows and the watermark (seconds) which of them every later read
    takes for absent; so the sweep's pace changes no result.
    """

    expired: Callable[[list[bytes], int], Iterable[bool]]
    _next: bytes = field(default=b"")

    def changes(self, table: Table, watermark: int) -> Changes:
        """Deletes of the next piece; rows that changed since the last checkpoint are left alone."""
        entries = list(islice(table.items(self._next), SWEEP_ROWS + 1))
        self._next = entries.pop()[0] if len(entries) > SWEEP_ROWS else b""
        rows = [(key, value) for key, value in entries if key not in table.dirty]
        gone = self.expired([value for _, value in rows], watermark)
        return {key: None for (key, _), expired in zip(rows, gone, strict=True) if expired}
