"""Cuts JSON text to a size before it becomes objects, which take many times its memory."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)
_CLOSING = {b"[": b"]", b"{": b"}"}
_END_OF_ESCAPE = re.compile(rb"u[0-9A-Fa-f]{0,3}\Z")
_FIRST_OF_PAIR = re.compile(rb"\\u[dD][89abAB][0-9A-Fa-f]{2}\Z")
_MAX_ESCAPE = 6
"""Bytes of one escaped character."""


@dataclass(frozen=True, slots=True)
class Most:
    """How much of a JSON value is kept.

    ``elements`` are those of the outermost list (or members of the object), ``values`` those at
    all depths; ``characters`` are of one string, ``size`` is in bytes of text.
    """

    elements: int = 1
    values: int = 64
    characters: int = 1_000
    size: int = 1024 * 1024


def cut(text: bytes, most: Most) -> tuple[bytes, bool]:
    """Valid JSON text with at most that much in it, still valid, and whether it was cut."""
    longest = most.characters * _MAX_ESCAPE
    pieces: list[bytes] = []
    brackets: list[bytes] = []
    copied = removed = elements = values = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        token = match[0] if end - start == 1 else b""
        if token in _CLOSING:
            brackets.append(_CLOSING[token])
        elif token == b",":
            elements += len(brackets) == 1
            values += 1
            size = start - removed
            if elements >= most.elements or values >= most.values or size >= most.size:
                return b"".join((*pieces, text[copied:start], *reversed(brackets))), True
        elif token:
            brackets.pop()
        elif end - start > longest:
            pieces += text[copied:start], _cut_string(match[0], longest)
            copied, removed = end, removed + end - start - len(pieces[-1])
    return (b"".join((*pieces, text[copied:])), True) if removed else (text, False)


def _cut_string(text: bytes, size: int) -> bytes:
    """The first bytes of a JSON string, as a string, without the part of a character at its end."""
    kept = text[:size]
    found = _END_OF_ESCAPE.search(kept, size - 4)
    start = found.start() if found else size
    if _is_escape(kept, start):
        kept = kept[: start - 1]
    found = _FIRST_OF_PAIR.search(kept, len(kept) - _MAX_ESCAPE)
    if found and _is_escape(kept, found.start() + 1):
        kept = kept[: found.start()]
    # Of UTF-8: the last sequence, whether complete or not.
    if kept[-1] >= 0x80:
        kept = kept.rstrip(bytes(range(0x80, 0xC0)))[:-1]
    return kept + b'"'


def _is_escape(text: bytes, end: int) -> bool:
    """Whether an odd number of backslashes comes before ``end``: the last one escapes."""
    before = text[:end]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1
