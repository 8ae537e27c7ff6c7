"""The interface of a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tests.fuzz.mutation.chance import Chance


class Target(Protocol):
    """Takes inputs in batches; ``batch`` is how many of them at once."""

    batch: int

    def make(self, chance: Chance) -> Any:
        """One mutated input."""

    def run(self, inputs: Sequence[Any]) -> int:
        """Feed inputs; returns how many were refused as they should be.

        Raises:
            Exception: anything that must not happen.
        """

    def saved(self, made: Any) -> bytes:
        """An input as the bytes of a file."""

    def close(self) -> None:
        """Release what it holds."""
