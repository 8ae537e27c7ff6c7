"""Fixed-width rows: one numpy record an entity, with a version byte in front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]


@dataclass(frozen=True)
class RowType:
    """The layout of one kind of row.

    ``fields`` is a numpy field list; a ``version`` byte is put in front of it. ``previous`` is
    the layout before this one, ``upgrade`` turns its records into this one's (the version byte is
    set for it). A chain of those reads every row ever written.
    """

    version: int
    fields: tuple[tuple[Any, ...], ...]
    previous: RowType | None = None
    upgrade: Callable[[Records, Records], None] | None = None

    @cached_property
    def dtype(self) -> np.dtype[np.void]:
        """The numpy type of one row."""
        return np.dtype([("version", "u1"), *self.fields])

    def empty(self, count: int) -> Records:
        """``count`` rows of an entity never seen."""
        rows = np.zeros(count, dtype=self.dtype)
        rows["version"] = self.version
        return rows

    def decode(self, values: Sequence[bytes | None]) -> Records:
        """Rows from stored bytes; an absent value is an entity never seen.

        Raises:
            ValueError: a value is of no known version.
        """
        size = self.dtype.itemsize
        blank = self.empty(1).tobytes()
        joined = [blank if value is None else value for value in values]
        if any(len(value) != size or value[0] != self.version for value in joined):
            joined = [self._current(value) for value in joined]
        return np.frombuffer(b"".join(joined), dtype=self.dtype).copy()

    def encode(self, rows: Records) -> list[bytes]:
        """Stored bytes of each row."""
        size = self.dtype.itemsize
        data = rows.tobytes()
        return [data[start : start + size] for start in range(0, len(data), size)]

    def _current(self, value: bytes) -> bytes:
        if len(value) == self.dtype.itemsize and value[0] == self.version:
            return value
        if self.previous is None or self.upgrade is None:
            raise ValueError(f"a stored row of version {value[0]} cannot be read by this release")
        old = self.previous.decode([value])
        new = self.empty(1)
        self.upgrade(old, new)
        return new.tobytes()
