"""Properties of messages in Microsoft's formats (MS-OXPROPS, MS-OXTNEF section 2.1.3.4)."""

from __future__ import annotations

from typing import Final

from detection_stream.parsing.charsets import decode

SUBJECT: Final = 0x0037
SENDER_NAME: Final = 0x0C1A
SENDER_ADDRESS: Final = 0x0C1F
BODY: Final = 0x1000
RICH_TEXT: Final = 0x1009
HTML: Final = 0x1013
FILE_DATA: Final = 0x3701
FILE_NAMES: Final = (0x3707, 0x3704, 0x3001)
"""Long name, short name, and the name that is shown."""
FILE_TYPE: Final = 0x370E

OBJECT: Final = 0x000D
TEXT: Final = 0x001E
UNICODE: Final = 0x001F
BINARY: Final = 0x0102

Properties = dict[int, tuple[int, bytes]]
"""Type and value by identifier; only values of variable length."""

_VARIABLE: Final = (OBJECT, TEXT, UNICODE, BINARY)
_FIXED: Final = {
    0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4,
    0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
"""Bytes of a value by its type."""
_SEVERAL: Final = 0x1000
_FIRST_NAMED: Final = 0x8000


def read_properties(data: bytes, most: int) -> tuple[Properties, int]:
    """Those of a stream of TNEF, as far as it is in order, and how many values they have.

    No more than ``most`` values are read.
    """
    found: Properties = {}
    at, left = 4, most
    while at + 4 <= len(data) and left > 0:
        kind, identifier = number(data, at, 2), number(data, at + 2, 2)
        at = _after_name(data, at + 4) if identifier >= _FIRST_NAMED else at + 4
        variable = kind & ~_SEVERAL in _VARIABLE
        count = 1
        left -= 1
        if variable or kind & _SEVERAL:
            count, at = number(data, at, 4), at + 4
        if not variable:
            size = _FIXED.get(kind & ~_SEVERAL)
            if size is None:
                break
            at += count * size
            continue
        for _ in range(min(count, left)):
            size = number(data, at, 4)
            found.setdefault(identifier, (kind & ~_SEVERAL, data[at + 4 : at + 4 + size]))
            at, left = at + 4 + _padded(size), left - 1
    return found, most - left


def text_of(found: Properties, identifier: int) -> str:
    """A property as text; empty if it is missing."""
    kind, value = found.get(identifier, (TEXT, b""))
    if kind == UNICODE:
        return decode(value, "utf-16-le").rstrip("\0")
    return decode(value.rstrip(b"\0"), "")


def file_name(found: Properties) -> str:
    """The best name of a file."""
    return next(filter(None, (text_of(found, name) for name in FILE_NAMES)), "")


def sender(found: Properties) -> str:
    """Name and address in one line."""
    return f"{text_of(found, SENDER_NAME)} {text_of(found, SENDER_ADDRESS)}".strip()


def number(data: bytes, at: int, size: int) -> int:
    """An unsigned number of ``size`` bytes, what is missing of it 0."""
    return int.from_bytes(data[at : at + size], "little")


def _after_name(data: bytes, at: int) -> int:
    """The end of the name of a named property: a set, then a number or a string."""
    at += 16
    if number(data, at, 4) == 0:
        return at + 8
    return at + 8 + _padded(number(data, at + 4, 4))


def _padded(size: int) -> int:
    return -(-size // 4) * 4
