"""Fixed-width rows: one numpy record per entity, starting with a version byte."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detection_stream.profiles.block import Block, NumpyField
from detection_stream.profiles.records import Records

Upgrade = Callable[[Records, Records], None]
"""Copies rows of an earlier version to rows of this one, both arrays of the same length."""


@dataclass(frozen=True)
class RowType:
    """The layout of one kind of row: a ``version`` byte, then its ``blocks``.

    ``previous`` is the layout before this one; a chain of these can read every row ever written.
    ``upgrade`` converts its rows; without it, fields of the same name and shape are copied, and new
    ones start as those of an entity never seen.
    """

    version: int
    blocks: tuple[Block, ...]
    previous: RowType | None = None
    upgrade: Upgrade | None = None

    @cached_property
    def fields(self) -> tuple[NumpyField, ...]:
        """The fields of all blocks, in order."""
        return tuple(field for block in self.blocks for field in block.fields())

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
            ValueError: a value has an unknown version.
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
        if self.previous is None:
            raise ValueError(f"a stored row of version {value[0]} cannot be read by this release")
        old = self.previous.decode([value])
        new = self.empty(1)
        (self.upgrade or copy_fields)(old, new)
        return new.tobytes()


def copy_fields(old: Records, new: Records) -> None:
    """Copy the fields that both layouts have, by name; those of another shape start empty."""
    known = old.dtype
    for name in new.dtype.names or ():
        kept = name != "version" and name in (known.names or ())
        if kept and known[name].shape == new.dtype[name].shape:
            new[name] = old[name]
