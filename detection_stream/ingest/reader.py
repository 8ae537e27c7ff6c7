"""The second pass: reads single messages of an indexed input in place."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path

from detection_stream.errors import InputError
from detection_stream.ingest import mbox
from detection_stream.ingest.formats import InputKind
from detection_stream.ingest.index import MAX_MESSAGE_BYTES, Index, read_at, read_member
from detection_stream.ingest.message import without_from_line
from detection_stream.ingest.search import unreadable
from detection_stream.ingest.shown import shown

_MAX_OPEN_FILES = 64


class OpenFiles:
    """Open files; the least recently used is closed when there are too many."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, int] = OrderedDict()

    def descriptor(self, path: Path) -> int:
        """The number of the open file."""
        found = self._open.get(path)
        if found is None:
            if len(self._open) == _MAX_OPEN_FILES:
                os.close(self._open.popitem(last=False)[1])
            found = self._open[path] = os.open(path, os.O_RDONLY)
        self._open.move_to_end(path)
        return found

    def close(self) -> None:
        """Close all files."""
        while self._open:
            os.close(self._open.popitem()[1])


class MessageReader:
    """The messages of one input."""

    def __init__(self, index: Index, files: OpenFiles) -> None:
        self._index = index
        self._files = files
        self._is_mbox = index.source.kind is InputKind.MBOX

    def read(self, position: int, length: int, number: int) -> bytes:
        """The message of a record, as it was before it was stored in its file.

        Raises InputError if the file has shrunk or become unreadable.
        """
        index = self._index
        try:
            if index.stored is None:
                raw, _ = read_member(index.members[number])
            else:
                raw = read_at(self._files.descriptor(index.stored), position, length)
        except OSError as error:
            raise unreadable(index.source.path, error) from error
        if len(raw) != min(length, MAX_MESSAGE_BYTES):
            raise InputError(
                f"{self.place(number)}: changed while it was being read; "
                f"retry when nothing is writing to it"
            )
        return mbox.unquote(raw) if self._is_mbox else without_from_line(raw)[0]

    def place(self, number: int) -> str:
        """Location of the message with this number, for display: file and number, line or name."""
        index = self._index
        if index.members:
            return shown(index.members[number].path)
        where = shown(index.names[number]) if index.names else number
        return f"{shown(index.source.path)}:{where}"
