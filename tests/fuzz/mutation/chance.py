"""Chance of a mutation: small numbers mostly, now and then large ones."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

RARE = 400
"""One in so many numbers is a large one; those cost as much as all others together."""


class Chance(Random):
    """A seeded source of choices for one mutation."""

    def size(self, usual: int, large: int) -> int:
        """From 1 to ``usual``, rarely up to ``large``."""
        if self.randrange(RARE) == 0:
            return self.randint(usual, large)
        return self.randint(1, usual)

    def some(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.randrange(len(options))]

    def junk(self, length: int) -> bytes:
        """Bytes, of which many mean something to a parser."""
        marks = b"\r\n\t \0\"'()<>@,;:\\[]=?-.&#%{}/*\x80\xc3\xff\x1b"
        return bytes(self.some((self.some(marks), self.randrange(256))) for _ in range(length))


def chance(seed: int, target: str, number: int) -> Chance:
    """The chance of one mutation: the same on every machine."""
    return Chance(f"{seed}/{target}/{number}")
