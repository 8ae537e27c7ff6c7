"""Locates the messages in tar archives."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from detection_stream.errors import InputError
from detection_stream.ingest import mbox
from detection_stream.ingest.formats import InputKind, kind_of_content, kind_of_name

MAX_HEADER_BYTES = 32 * 1024
"""Maximum bytes of the headers of one file: tar keeps long names and pax fields in them."""

_HEAD = 8192
_MAX_GLOBAL_FIELDS = 100
_DELIVERED = frozenset(("cur", "new"))


class ArchiveEntry(NamedTuple):
    """A file of the archive: its name, where its content starts and its length in bytes."""

    name: str
    position: int
    length: int


def entries(file: BinaryIO, path: Path) -> Iterator[ArchiveEntry]:
    """Every regular, non-hidden file of the unpacked archive.

    ``path`` is for messages. Raises InputError if it is not an archive, is damaged or truncated.
    """
    file.seek(0)
    end = 0
    try:
        headers = _Headers(file)
        with tarfile.open(fileobj=headers, mode="r:") as archive:  # type: ignore[call-overload] # it only reads, seeks and tells
            while member := archive.next():
                # Else the archive object would keep them all.
                archive.members.clear()
                headers.left = MAX_HEADER_BYTES
                if len(archive.pax_headers) > _MAX_GLOBAL_FIELDS:
                    raise tarfile.ReadError("too many global pax fields")
                if archive.offset <= end:
                    raise tarfile.ReadError("a file of negative length")
                end = archive.offset
                hidden = PurePosixPath(member.name).name.startswith(".")
                if member.isreg() and not member.issparse() and not hidden:
                    yield ArchiveEntry(member.name, member.offset_data, member.size)
            end = archive.offset
    except (tarfile.TarError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    file.seek(end)
    # tarfile stops silently at the first damaged or missing header.
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise _damaged(path, f"no header and no end at byte {end}")


class _Headers:
    """The archive for tarfile, which reads headers into memory whatever size they claim."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.left = MAX_HEADER_BYTES

    def read(self, size: int) -> bytes:
        """The next bytes; raises ReadError past the bound on headers."""
        self.left -= size
        if self.left < 0:
            raise tarfile.ReadError(f"the headers of a file exceed {MAX_HEADER_BYTES:,} bytes")
        return self._file.read(size)


def is_message(entry: ArchiveEntry, content: bytes, path: Path) -> bool:
    """Whether the file is a message; raises InputError for one that holds many."""
    if PurePosixPath(entry.name).parent.name in _DELIVERED:
        return True
    kind = kind_of_name(entry.name) or kind_of_content(content[:_HEAD])
    if kind is None or kind is InputKind.MESSAGE:
        return kind is InputKind.MESSAGE
    if kind is InputKind.MBOX and kind_of_name(entry.name) is None and _is_single(content):
        return True
    raise InputError(
        f"{path}: the archive holds the {kind.value} {entry.name}; unpack it and use its folder"
    )


def _is_single(content: bytes) -> bool:
    return len(list(islice(mbox.split(BytesIO(content)), 2))) == 1


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(f"{path}: the tar archive is damaged or truncated ({reason}); fetch it again")
