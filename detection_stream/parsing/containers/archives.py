"""Files in archives: ZIP, tar and gzip, unpacked within the caps of ``limits``."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from detection_stream.parsing import limits
from detection_stream.parsing.attachments import MAX_NAME_LENGTH, describe
from detection_stream.parsing.charsets import decode
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.enclosure import Enclosure, enclosures_of

_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_END_SEARCHED: Final = 64 * 1024 + _END_SIZE
"""Bytes at the end of a ZIP file in which its directory is announced, before a comment."""
_ENTRY: Final = b"PK\x01\x02"
_ENTRY_SIZE: Final = 46
_LOCAL: Final = b"PK\x03\x04"
_LOCAL_SIZE: Final = 30
_ENCRYPTED: Final = 1
_UTF_8: Final = 1 << 11
_RAW: Final = -zlib.MAX_WBITS
_GZIP: Final = zlib.MAX_WBITS | 16
_GZIP_ENDS: Final = {".tgz": ".tar", ".svgz": ".svg", ".gz": ""}
_METHODS: Final = {0: 0, 8: _RAW}
"""Methods of ZIP, stored and deflated, with the window of zlib."""
_BLOCK: Final = 512
_HEAD: Final = 4_096
"""Bytes unpacked of a file to see what it is."""
_REGULAR: Final = (b"0", b"\0")


@dataclass(frozen=True, slots=True)
class _Member:
    """A file of an archive; ``packed`` is what is stored of it, ``size`` its declared size.

    ``window`` is that of zlib, 0 if the file is not compressed.
    """

    name: str
    packed: memoryview
    size: int
    window: int = 0


def open_zip(archive: Enclosure, most: int) -> Opened:
    """The files of a ZIP archive; none of a document or program in that format."""
    return _unpacked(_zip_members(archive.content), most)


def open_tar(archive: Enclosure, most: int) -> Opened:
    """The files of a tar archive."""
    return _unpacked(_tar_members(archive.content), most)


def open_gzip(archive: Enclosure, most: int) -> Opened:
    """The one file that gzip has compressed, which may be a tar archive."""
    name = archive.name
    for end, inner in _GZIP_ENDS.items():
        if name.lower().endswith(end):
            name = name[: -len(end)] + inner
            break
    packed = memoryview(archive.content)
    return _unpacked(
        iter([_Member(name, packed, _number(packed, len(packed) - 4, 4), _GZIP)]), most
    )


def _unpacked(members: Iterator[_Member], most: int) -> Opened:
    """The members described, and the contents of those that are read.

    Of all others only the first bytes are unpacked.
    """
    found = Opened()
    for number, member in enumerate(members):
        if number >= limits.MAX_ARCHIVE_MEMBERS:
            found.truncated.append("archive-members")
            break
        head = _content(member, _HEAD, Opened())
        if not enclosures_of([(member.name, "", head)]):
            found.attachments.append(describe(member.name, "", head, size=member.size))
            continue
        content = _content(member, most - found.unpacked, found)
        found.unpacked += len(content)
        found.add_file(member.name, "", content)
    return found


def _content(member: _Member, most: int, found: Opened) -> bytes:
    """Up to ``most`` bytes of a member, and no more than the cap on the ratio allows."""
    if not member.window:
        if most < len(member.packed):
            found.truncated.append("enclosed-bytes")
        return bytes(member.packed[: max(most, 0)])
    ratio = limits.MAX_ARCHIVE_RATIO * len(member.packed)
    unpacking = zlib.decompressobj(member.window)
    try:
        # No number of bytes means all to zlib.
        content = unpacking.decompress(member.packed, max(min(most, ratio), 1))
    except zlib.error:
        return b""
    if unpacking.unconsumed_tail:
        found.truncated.append("archive-ratio" if ratio < most else "enclosed-bytes")
    return content


def _zip_members(content: bytes) -> Iterator[_Member]:
    """The files that the last directory lists, which is what programs show."""
    view = memoryview(content)
    last = content.rfind(_END, max(len(content) - _END_SEARCHED, 0))
    at = last - _number(view, last + 12, 4) if last >= 0 else content.find(_ENTRY)
    # Something may stand before the archive, as in one behind another.
    shift = at - _number(view, last + 16, 4) if last >= 0 else 0
    while at >= 0 and content.startswith(_ENTRY, at) and at + _ENTRY_SIZE <= len(content):
        name = at + _ENTRY_SIZE
        length = _number(view, at + 28, 2)
        yield _zip_member(view, at, shift, content[name : name + length])
        at = name + length + _number(view, at + 30, 2) + _number(view, at + 32, 2)


def _zip_member(view: memoryview, at: int, shift: int, name: bytes) -> _Member:
    flags, method = _number(view, at + 8, 2), _number(view, at + 10, 2)
    local = max(_number(view, at + 42, 4) + shift, 0)
    start = local + _LOCAL_SIZE + _number(view, local + 26, 2) + _number(view, local + 28, 2)
    unreadable = (
        flags & _ENCRYPTED or view[local : local + 4].tobytes() != _LOCAL or method not in _METHODS
    )
    return _Member(
        name=decode(name, "utf-8" if flags & _UTF_8 else "cp437"),
        packed=view[:0] if unreadable else view[start : start + _number(view, at + 20, 4)],
        size=_number(view, at + 24, 4),
        window=_METHODS.get(method, 0),
    )


def _tar_members(content: bytes) -> Iterator[_Member]:
    view = memoryview(content)
    at, long_name = 0, b""
    while at + _BLOCK <= len(content) and content[at : at + 1] != b"\0":
        size, kind = _tar_size(content[at + 124 : at + 136]), content[at + 156 : at + 157]
        start = at + _BLOCK
        if kind in (b"L", b"x"):
            # A name that is too long for its field stands before, alone or among other facts.
            long_name = content[start : start + min(size, MAX_NAME_LENGTH)]
            long_name = long_name.rpartition(b" path=")[2].partition(b"\n")[0]
        elif kind in _REGULAR:
            name = (long_name or content[at : at + 100]).partition(b"\0")[0]
            yield _Member(decode(name, "utf-8"), view[start : start + size], size)
            long_name = b""
        at = start + -(-size // _BLOCK) * _BLOCK


def _tar_size(field: bytes) -> int:
    """A size in octal digits, or as a large number."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:])
    digits = field.strip(b" \0")
    return int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else 0


def _number(view: memoryview, at: int, size: int) -> int:
    return int.from_bytes(view[at : at + size], "little")
