"""Randomness that is identical on every machine and Python version.

Only ``random.Random(seed).random()`` is used: the standard library guarantees its sequence for a
given integer seed, while the algorithms of ``choice``, ``sample`` or ``shuffle`` have changed.
For the same reason the package adds floats with ``fsum`` (``sum`` rounds differently since
Python 3.12) and avoids fractional powers.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")


class Dice:
    """A seeded source of choices; each named stream of one seed is independent of the others."""

    __slots__ = ("random",)

    def __init__(self, seed: int, stream: str) -> None:
        self.random = Random((seed << 32) | crc32(stream.encode())).random

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self.random() * len(options))]

    def favour(self, options: Sequence[T]) -> T:
        """One of the options, earlier ones much more often than later ones."""
        point = self.random()
        return options[int(point * point * len(options))]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """Up to ``count`` distinct options, in random order."""
        pool = list(options)
        taken = min(count, len(pool))
        for index in range(taken):
            other = index + int(self.random() * (len(pool) - index))
            pool[index], pool[other] = pool[other], pool[index]
        return pool[:taken]

    def hex(self, digits: int) -> str:
        """Up to 12 lower-case hexadecimal digits."""
        return f"{int(self.random() * 16**digits):0{digits}x}"

    def digits(self, count: int) -> str:
        """Up to 15 decimal digits."""
        return f"{int(self.random() * 10**count):0{count}d}"
