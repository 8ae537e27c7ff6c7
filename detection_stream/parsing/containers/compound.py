"""Reads Microsoft's compound files (MS-CFB): a small file system in one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from
from typing import Final

from detection_stream.parsing import limits
from detection_stream.parsing.containers.mapi import number

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_HEADER: Final = 512
_SMALL_SECTOR: Final = 64
_SMALL_STREAM: Final = 4_096
"""Bytes from which on a stream has sectors of its own."""
_LAST_SECTOR: Final = 0xFFFFFFFA
"""Highest number of a sector; those above have a meaning."""
_ENTRY: Final = 128
_NO_ENTRY: Final = 0xFFFFFFFF
_HEADER_TABLES: Final = 109
STORAGE: Final = 1
STREAM: Final = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream, or a storage of others; ``child`` is the number of one of the storage's entries."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """The entries of a compound file. Whatever its numbers claim, work is linear in its size."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._sector = 1 << min(max(number(data, 30, 2), 7), 12)
        self._table = self._read_table()
        directory = self._chain(number(data, 48, 4))
        most = limits.MAX_COMPOUND_ENTRIES
        self.truncated = len(directory) > most * _ENTRY
        self._entries = [
            _entry(directory[at : at + _ENTRY])
            for at in range(0, min(len(directory), most * _ENTRY), _ENTRY)
        ]
        self._small_table = _numbers(self._chain(number(data, 60, 4)))
        self._small = self._chain(self._entries[0].start) if self._entries else b""

    def entries(self, storage: int = 0) -> Iterator[tuple[int, Entry]]:
        """Number and entry of everything in a storage, by its number; that of the root is 0."""
        if storage >= len(self._entries):
            return
        seen: set[int] = set()
        waiting = [self._entries[storage].child]
        while waiting:
            at = waiting.pop()
            if at in seen or at >= len(self._entries):
                continue
            seen.add(at)
            one = self._entries[at]
            yield at, one
            waiting += [one.left, one.right]

    def content(self, entry: Entry) -> bytes:
        """The content of a stream."""
        if entry.size >= _SMALL_STREAM:
            return self._chain(entry.start, entry.size)
        return _follow(self._small, 0, _SMALL_SECTOR, self._small_table, entry.start, entry.size)

    def _chain(self, start: int, size: int | None = None) -> bytes:
        most = len(self._data) if size is None else size
        return _follow(self._data, self._sector, self._sector, self._table, start, most)

    def _read_table(self) -> list[int]:
        """The number of the sector after each."""
        data, sector = self._data, self._sector
        tables = _numbers(data[76:_HEADER])[:_HEADER_TABLES]
        more, left = number(data, 68, 4), len(data) // sector
        while more < _LAST_SECTOR and left > 0:
            at = (more + 1) * sector
            listed = _numbers(data[at : at + sector])
            tables += listed[:-1]
            more, left = (listed[-1] if listed else _NO_ENTRY), left - 1
        table: list[int] = []
        for one in tables[: len(data) // sector]:
            if one < _LAST_SECTOR:
                table += _numbers(data[(one + 1) * sector : (one + 2) * sector])
        return table[: len(data) // sector + 1]


def _follow(data: bytes, first: int, sector: int, table: list[int], start: int, most: int) -> bytes:
    """The sectors of a chain; one that leads back to itself ends when it exceeds the file."""
    pieces: list[bytes] = []
    left = min(most, len(data))
    while left > 0 and start < _LAST_SECTOR:
        at = first + start * sector
        piece = data[at : at + min(sector, left)]
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
        start = table[start] if start < len(table) else _NO_ENTRY
    return b"".join(pieces)


def _entry(data: bytes) -> Entry:
    length = min(number(data, 64, 2), 64)
    return Entry(
        name=data[: max(length - 2, 0)].decode("utf-16-le", "replace"),
        kind=number(data, 66, 1),
        left=number(data, 68, 4),
        right=number(data, 72, 4),
        child=number(data, 76, 4),
        start=number(data, 116, 4),
        size=number(data, 120, 4),
    )


def _numbers(data: bytes) -> list[int]:
    return list(unpack_from(f"<{len(data) // 4}I", data))
