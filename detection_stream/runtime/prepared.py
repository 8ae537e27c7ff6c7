"""What readers make of single records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from detection_stream.model.batch import Rows
from detection_stream.runtime.inputs import PARTITION
from detection_stream.runtime.stage import Rejected

Place = tuple[int, int]
"""Partition and offset of a record."""

MAX_PIECE_RECORDS = 512
"""Records that a reader gets at once: as many as a fetch brings."""
MAX_PIECE_BYTES = 4 << 20
"""Bytes of records that a reader gets at once; a larger record goes alone. More at once is not
faster, and each piece exists three times while it is sent."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What readers made of single records.

    ``results`` are those of the stage's ``preparation`` in the order of the records, each of some
    of them. ``rejected`` has the records that cannot be read. ``headers`` are those with which
    the records were read.
    """

    results: tuple[Any, ...] = ()
    rejected: Mapping[Place, Rejected] = field(default_factory=dict)
    headers: Mapping[Place, Mapping[str, bytes]] = field(default_factory=dict)

    def covers(self, rows: Rows) -> bool:
        """Whether these records were read, with these headers."""
        return all(
            self.headers.get(place) == headers
            for place, headers in zip(places(rows), rows["headers"], strict=True)
        )


def places(rows: Rows) -> Iterator[Place]:
    """Where records come from."""
    return zip(rows[PARTITION].tolist(), rows["offset"].tolist(), strict=True)


def pieces(rows: Rows) -> Iterator[Rows]:
    """Records in portions for readers, in order."""
    start = size = 0
    for row, value in enumerate(rows["value"]):
        if row > start and (
            row - start >= MAX_PIECE_RECORDS or size + len(value) > MAX_PIECE_BYTES
        ):
            yield rows.slice(start, row)
            start, size = row, 0
        size += len(value)
    if len(rows) > start:
        yield rows.slice(start, len(rows))
