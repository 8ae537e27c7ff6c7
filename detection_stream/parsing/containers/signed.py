"""S/MIME messages whose text is inside of a signature, or compressed (RFC 8551, RFC 5652)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from detection_stream.parsing import limits
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.enclosure import Enclosure
from detection_stream.parsing.transfer import from_base64

_OCTETS: Final = 0x04
_OBJECT: Final = 0x06
_CONSTRUCTED: Final = 0x20
_CONTENT: Final = 0xA0
"""The tag [0] in which the content follows the identifier of its type."""
_SIGNED: Final = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
_COMPRESSED: Final = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09"
_CONTENT_DEPTH: Final = 5
_DEEPEST: Final = 64
_FIELD = re.compile(rb"\s*+[!-9;-~]{1,80}[ \t]*+:")

_Element = tuple[int, int, int, int]
"""Tag, start and end of the content, and depth of a BER element."""


def open_signed(message: Enclosure, most: int) -> Opened:
    """The message, or the file, within CMS data; nothing if it is encrypted or a bare signature."""
    found = Opened()
    data = _binary(message.content)
    kind, content = _content(data, found.truncated)
    if kind == _COMPRESSED:
        content = _inflated(content, most, found)
    if not content:
        return found
    if _FIELD.match(content):
        found.enclosures.append(Enclosure("body", content))
    else:
        name = message.name
        found.add_file(name[:-4] if name.lower().endswith(".p7m") else name, "", content)
    return found


def _binary(content: bytes) -> bytes:
    """The data without the base64, with or without armour, that it may have been left in."""
    if content.startswith(b"-----BEGIN"):
        return from_base64(content.partition(b"\n")[2].partition(b"-----END")[0])
    return from_base64(content) if content.startswith(b"MI") else content


def _content(data: bytes, truncated: list[str]) -> tuple[bytes, bytes]:
    """The kind of CMS data and the octets of the content in it."""
    kind = b""
    pieces: list[bytes] = []
    named = inside = False
    for number, (tag, start, end, depth) in enumerate(_elements(data)):
        if number > limits.MAX_SIGNED_ELEMENTS:
            truncated.append("signed-elements")
            break
        if inside and depth <= _CONTENT_DEPTH:
            break
        if tag == _OBJECT and not kind:
            kind = data[start:end]
            if kind not in (_SIGNED, _COMPRESSED):
                break
        elif inside and tag == _OCTETS:
            pieces.append(data[start:end])
        # The content follows its type; a bare signature has none.
        inside = inside or (named and tag == _CONTENT and depth == _CONTENT_DEPTH)
        named = tag == _OBJECT and depth == _CONTENT_DEPTH
    return kind, b"".join(pieces)


def _elements(data: bytes) -> Iterator[_Element]:
    """All elements in order; those of constructed ones follow them. What is broken ends it."""
    at, ends = 0, [len(data)]
    while at < ends[-1] or len(ends) > 1:
        if at >= ends[-1]:
            ends.pop()
            continue
        if data[at : at + 2] == b"\0\0":
            # The end of an element of indefinite length.
            at += 2
            if len(ends) > 1:
                ends.pop()
            continue
        tag = data[at]
        length, start = _length(data, at + 1)
        if start < 0:
            return
        end = ends[-1] if length is None else min(start + length, ends[-1])
        yield tag, start, end, len(ends)
        if tag & _CONSTRUCTED and len(ends) < _DEEPEST:
            ends.append(end)
            at = start
        else:
            at = end


def _length(data: bytes, at: int) -> tuple[int | None, int]:
    """The length of an element, None if it is indefinite, and where its content starts, else -1."""
    first = data[at : at + 1]
    if not first:
        return 0, -1
    if first[0] < 0x80:
        return first[0], at + 1
    size = first[0] & 0x7F
    if size > 8:
        return 0, -1
    return (int.from_bytes(data[at + 1 : at + 1 + size]) if size else None), at + 1 + size


def _inflated(content: bytes, most: int, found: Opened) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        result = unpacking.decompress(content, max(most, 1))
    except zlib.error:
        return b""
    if unpacking.unconsumed_tail:
        found.truncated.append("enclosed-bytes")
    found.unpacked += len(result)
    return result
