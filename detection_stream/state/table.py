"""A keyed table: the rows on disk, overlaid with the changes since the last checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest
from itertools import chain, islice, takewhile
from typing import Any

from detection_stream.state.database import Family

MAX_CACHED_ROWS = 60_000
"""Rows cached after a read or write, in two generations of half each."""

Changes = dict[bytes, bytes | None]
"""New values by key; None deletes."""


class Table:
    """One table of one partition of a stage.

    Reads see the changes since the last checkpoint (``dirty``), those a checkpoint is
    writing (``frozen``), a cache, and the disk, in that order.
    """

    def __init__(self, name: str, family: Family) -> None:
        self.name = name
        self.family = family
        self.dirty: Changes = {}
        self.frozen: Changes = {}
        self._young: dict[bytes, bytes | None] = {}
        self._old: dict[bytes, bytes | None] = {}

    def get(self, keys: list[bytes]) -> list[bytes | None]:
        """Values of ``keys``, None for those that are absent."""
        values: list[bytes | None] = [None] * len(keys)
        missing: list[int] = []
        layers = [layer for layer in (self.dirty, self.frozen, self._young, self._old) if layer]
        for index, key in enumerate(keys):
            for layer in layers:
                if key in layer:
                    values[index] = layer[key]
                    break
            else:
                missing.append(index)
        if missing:
            wanted = [keys[index] for index in missing]
            for index, key, value in zip(missing, wanted, self.family.get(wanted), strict=True):
                values[index] = value
                self._young[key] = value
            self._age()
        return values

    def put(self, changes: Changes) -> None:
        """Add changes."""
        self.dirty.update(changes)

    def freeze(self) -> None:
        """Freeze the changes so far for a checkpoint."""
        self.frozen, self.dirty = self.dirty, {}

    def write(self, batch: Any) -> None:
        """Add the frozen changes to an atomic write."""
        handle = self.family.handle
        for key, value in self.frozen.items():
            if value is None:
                batch.delete(key, handle)
            else:
                batch.put(key, value, handle)

    def settle(self) -> None:
        """Record that the frozen changes are on disk."""
        self._young.update(self.frozen)
        self.frozen = {}
        self._age()

    def items(self, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Entries on disk from ``start`` on; without changes since the last checkpoint."""
        return self.family.items(start)

    def page(self, prefix: bytes, start: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Up to ``limit`` entries in key order, as a read sees them now.

        Their keys begin with ``prefix`` and are not below ``start``.
        """
        start = max(prefix, start)
        changed = {
            key: value
            for layer in (self.frozen, self.dirty)
            for key, value in layer.items()
            if key >= start and key.startswith(prefix)
        }
        stored = (
            entry
            for entry in takewhile(lambda entry: entry[0].startswith(prefix), self.items(start))
            if entry[0] not in changed
        )
        present = ((key, value) for key, value in changed.items() if value is not None)
        return nsmallest(limit, chain(islice(stored, limit), present))

    def groups(self, separator: bytes, limit: int) -> list[bytes]:
        """Distinct key prefixes up to a separator, at most ``limit``, in order.

        On disk, each is found by seeking past all keys of the last.
        """
        changed = self.frozen | self.dirty
        found = {key.partition(separator)[0] for key, value in changed.items() if value is not None}
        start = b""
        for _ in range(limit):
            first = next(iter(self.items(start)), None)
            if first is None:
                break
            group = first[0].partition(separator)[0]
            found.add(group)
            start = group + bytes([separator[0] + 1])
        return sorted(found)[:limit]

    def _age(self) -> None:
        if len(self._young) > MAX_CACHED_ROWS // 2:
            self._old, self._young = self._young, {}
