"""Which messages a version of the state writes verdicts of, when there is more than one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import orjson

Range = tuple[int, int | None]
"""Offsets of raw messages from the first one up to but without the last; None is open."""


@dataclass(slots=True)
class Writing:
    """Offsets of one partition of raw messages that are written, and the highest one seen.

    A version that is built beside another one sees everything and writes nothing until it takes
    over; the other one goes on up to the offset at which that happened.
    """

    highest: int = -1
    ranges: list[Range] = field(default_factory=lambda: [(0, None)])

    @classmethod
    def nothing(cls) -> Self:
        """That of a version which has not taken over."""
        return cls(ranges=[])

    def see(self, offset: int) -> None:
        """Note the message at a raw offset."""
        self.highest = max(self.highest, offset)

    def covers(self, offset: int) -> bool:
        """Whether the message at a raw offset is written."""
        return any(start <= offset and (end is None or offset < end) for start, end in self.ranges)

    def begin(self) -> int:
        """Write everything behind what was seen so far; returns the first such offset.

        What is written already goes on as it is, with its own first offset.
        """
        for start, end in self.ranges:
            if end is None:
                return start
        self.ranges = [*self.ranges[-1:], (self.highest + 1, None)]
        return self.highest + 1

    def end(self, at: int) -> None:
        """Write nothing from an offset on."""
        self.ranges = [
            (start, at if end is None else min(end, at)) for start, end in self.ranges if start < at
        ]

    def encode(self) -> bytes:
        """As stored."""
        return orjson.dumps([self.highest, self.ranges])

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """From what was stored."""
        highest, ranges = orjson.loads(value)
        return cls(highest, [(start, end) for start, end in ranges])
