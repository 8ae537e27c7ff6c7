"""Recorded topics to read again: on Kafka or in an embedded engine's directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

from detection_stream.runtime.records import Record


class Recorded(Protocol):
    """Recorded topics; a context manager. ``name`` says where they are, for display."""

    name: str

    def __enter__(self) -> Self:
        """Open them."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""

    def extents(self, topic: str) -> dict[int, range]:
        """The offset range of each partition of a topic."""

    def read(self, topic: str, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records in these ranges as they arrive: partition and some of its records, in order."""
