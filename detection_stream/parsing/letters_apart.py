"""Words whose letters are written apart: ``p a s s w o r d``, ``p.a.s.s.w.o.r.d``."""

from __future__ import annotations

import re
from collections.abc import Collection

MIN_LETTERS_APART = 4
"""Fewest single letters in a row that are a word: ``U.S.A.`` is none."""
MIN_KNOWN_LETTERS = 4
"""Fewest letters of a word that is found within joined letters; shorter ones occur by chance."""
MAX_KNOWN_LETTERS = 20
"""Most letters of such a word, which bounds the work per letter."""

_LETTER = "[A-Za-z]"
_APART = re.compile(rf"\b{_LETTER}(?:[ .\-_*|/·•]{_LETTER}){{{MIN_LETTERS_APART - 1},}}\b")
_BETWEEN = re.compile(r"[\W_]")


def join_letters(text: str, words: Collection[str]) -> tuple[str, int]:
    """The text with such words joined, and how many of ``words`` (lower case) came to light.

    Those in headings do not count.
    """
    known = 0

    def join(match: re.Match[str]) -> str:
        nonlocal known
        pieces = _pieces(_BETWEEN.sub("", match[0]), words)
        if not _is_heading(match):
            known += sum(piece.lower() in words for piece in pieces)
        return " ".join(pieces)

    return _APART.sub(join, text), known


def _is_heading(match: re.Match[str]) -> bool:
    """Whether the letters are capitals that have a line to themselves, a usual ornament."""
    start, end = match.span()
    before, after = match.string[max(start - 1, 0) : start], match.string[end : end + 1]
    return match[0].isupper() and before in {"", "\n"} and after in {"", "\n"}


def _pieces(letters: str, words: Collection[str]) -> list[str]:
    """The letters divided such that as many as possible are in known words."""
    lowered = letters.lower()
    if not words or len(lowered) != len(letters):
        return [letters]
    length = _longest_cover(lowered, words)
    pieces: list[str] = []
    start = unknown = 0
    while start < len(letters):
        if length[start]:
            if unknown < start:
                pieces.append(letters[unknown:start])
            pieces.append(letters[start : start + length[start]])
            unknown = start + length[start]
        start += length[start] or 1
    if unknown < len(letters):
        pieces.append(letters[unknown:])
    return pieces


def _longest_cover(letters: str, words: Collection[str]) -> list[int]:
    """From each letter on, the length of the known word to take (0: none)."""
    best = [0] * (len(letters) + 1)
    length = [0] * len(letters)
    for start in range(len(letters) - 1, -1, -1):
        best[start] = best[start + 1]
        longest = min(MAX_KNOWN_LETTERS, len(letters) - start)
        for size in range(longest, MIN_KNOWN_LETTERS - 1, -1):
            covered = size + best[start + size]
            if covered > best[start] and letters[start : start + size] in words:
                best[start], length[start] = covered, size
    return length
