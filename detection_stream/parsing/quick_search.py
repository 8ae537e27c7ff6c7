"""Looks for what most mail does not have, much faster than what would look for it in vain."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

import hyperscan

_NOTHING: Final = frozenset[str]()


class Patterns:
    """Regular expressions that one Hyperscan pass finds, case-insensitive for ASCII letters.

    With ``in_lines``, ``^`` and ``$`` match at the ends of lines, too.
    """

    def __init__(self, expressions: Sequence[str], *, in_lines: bool = False) -> None:
        self._expressions = [expression.encode() for expression in expressions]
        self._flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
        if in_lines:
            self._flags |= hyperscan.HS_FLAG_MULTILINE
        self._threads = threading.local()

    @cached_property
    def _database(self) -> hyperscan.Database:
        database = hyperscan.Database()
        count = len(self._expressions)
        database.compile(
            expressions=self._expressions,
            ids=list(range(count)),
            elements=count,
            flags=[self._flags] * count,
        )
        return database

    def within(self, content: bytes) -> list[int]:
        """The numbers of those that occur, each once, in the order in which they end."""
        # Two threads must not use the same memory.
        scratch = getattr(self._threads, "scratch", None)
        if scratch is None:
            scratch = self._threads.scratch = hyperscan.Scratch(self._database)
        found: list[int] = []
        self._database.scan(
            content, match_event_handler=lambda number, *_: found.append(number), scratch=scratch
        )
        return found


class Marks:
    """Named regular expressions of ASCII, each matched in lines and in any case."""

    def __init__(self, expressions: Mapping[str, str]) -> None:
        self._names = tuple(expressions)
        self._patterns = Patterns(tuple(expressions.values()), in_lines=True)

    def within(self, text: str) -> frozenset[str]:
        """The names of those that occur in the text, which is scanned once for all."""
        found = self._patterns.within(text.encode(errors="replace"))
        return frozenset([self._names[number] for number in found]) if found else _NOTHING
