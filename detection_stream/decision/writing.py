"""Decides which messages a state version writes verdicts for, if there are several."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import orjson

Range = tuple[int, int | None]
"""Offsets of raw messages from the first one up to but excluding the last; None means open."""


@dataclass(slots=True)
class Writing:
    """Offsets of one raw partition with verdicts written here, and the highest offset seen.

    A version that is built next to another sees everything but writes nothing until it takes
    over; the other continues up to the takeover offset.
    """

    highest: int = -1
    ranges: list[Range] = field(default_factory=lambda: [(0, None)])

    @classmethod
    def nothing(cls) -> Self:
        """The value for a version that has not taken over."""
        return cls(ranges=[])

    def see(self, offset: int) -> None:
        """Record the message at a raw offset as seen."""
        self.highest = max(self.highest, offset)

    def covers(self, offset: int) -> bool:
        """Whether the verdict of a raw offset is written here."""
        return any(start <= offset and (end is None or offset < end) for start, end in self.ranges)

    def begin(self) -> int:
        """Start writing after the highest offset seen; returns the first offset.

        If already writing, nothing changes.
        """
        for start, end in self.ranges:
            if end is None:
                return start
        self.ranges = [*self.ranges[-1:], (self.highest + 1, None)]
        return self.highest + 1

    def end(self, at: int) -> None:
        """Stop writing at an offset."""
        self.ranges = [
            (start, at if end is None else min(end, at)) for start, end in self.ranges if start < at
        ]

    def encode(self) -> bytes:
        """Encode for storage."""
        return orjson.dumps([self.highest, self.ranges])

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Decode from storage."""
        highest, ranges = orjson.loads(value)
        return cls(highest, [(start, end) for start, end in ranges])
