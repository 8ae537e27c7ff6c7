"""Collects rows that no read can see; expiry itself is decided on reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from detection_stream.model.batch import IntColumn
from detection_stream.model.entity import tenant_of
from detection_stream.state.table import Changes, Table

MAX_SWEEP_ROWS = 2_000
"""Rows checked per table and checkpoint."""


@dataclass
class Sweep:
    """Walks through a table, a piece per checkpoint, over and over.

    ``expired`` decides from stored rows and the clock of each row's tenant (seconds) which of them
    every later read treats as absent; so the sweep's pace affects no result.
    """

    expired: Callable[[list[bytes], IntColumn], Iterable[bool]]
    _next: bytes = field(default=b"")

    def changes(self, table: Table, clock: Callable[[str], int]) -> Changes:
        """Deletes of the next piece; rows changed since the last checkpoint are skipped."""
        entries = list(islice(table.items(self._next), MAX_SWEEP_ROWS + 1))
        self._next = entries.pop()[0] if len(entries) > MAX_SWEEP_ROWS else b""
        rows = [(key, value) for key, value in entries if key not in table.dirty]
        clocks = [clock(tenant_of(key)) for key, _ in rows]
        gone = self.expired([value for _, value in rows], np.array(clocks, dtype=np.int64))
        return {key: None for (key, _), expired in zip(rows, gone, strict=True) if expired}
