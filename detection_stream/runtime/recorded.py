"""Topics as they stand, to be read again: on Kafka, or in the directory of an embedded engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

from detection_stream.runtime.records import Record


class Recorded(Protocol):
    """Recorded topics; a context manager. ``name`` says for people where they are."""

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
        """The offsets that each partition of a topic holds."""

    def read(self, topic: str, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records of these offsets as they come: a partition and some of it in order."""
