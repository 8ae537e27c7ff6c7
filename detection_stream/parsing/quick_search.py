"""Looks for what most mail does not have, much faster than what would look for it in vain."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from typing import Final

import hyperscan

_NOTHING: Final = frozenset[str]()


class Marks:
    """Named regular expressions of ASCII, each matched in lines and in any case."""

    def __init__(self, expressions: Mapping[str, str]) -> None:
        self._names = tuple(expressions)
        self._expressions = [expression.encode() for expression in expressions.values()]
        self._threads = threading.local()

    @cached_property
    def _database(self) -> hyperscan.Database:
        database = hyperscan.Database()
        flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
        database.compile(
            expressions=self._expressions,
            ids=list(range(len(self._names))),
            elements=len(self._names),
            flags=[flags | hyperscan.HS_FLAG_MULTILINE] * len(self._names),
        )
        return database

    def within(self, text: str) -> frozenset[str]:
        """The names of those that occur in the text, which is scanned once for all."""
        # Two threads must not use the same memory.
        scratch = getattr(self._threads, "scratch", None)
        if scratch is None:
            scratch = self._threads.scratch = hyperscan.Scratch(self._database)
        found: list[int] = []
        self._database.scan(
            text.encode(errors="replace"),
            match_event_handler=lambda number, *_: found.append(number),
            scratch=scratch,
        )
        return frozenset([self._names[number] for number in found]) if found else _NOTHING
