"""A stage's view of a batch: rows by level, in segments between ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from detection_stream.model.batch import Column, Rows
from detection_stream.runtime.records import Record

PARTITION = "partition"
"""The column that holds, at the receiver, a row's source partition."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows by level, or with ``tick`` the time of a tick (milliseconds), or with ``control`` a
    control.

    ``prepared`` has the results of the stage's ``preparation`` that these rows are part of, in
    order; None if they are not prepared.
    """

    blocks: dict[str, Rows] = field(default_factory=dict)
    tick: int | None = None
    control: Mapping[str, Any] | None = None
    prepared: tuple[Any, ...] | None = None

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.blocks.values())


Input = list[Segment]


def halves(segments: Input) -> tuple[Input, Input]:
    """Split into two inputs, keeping the order; needs at least two rows or ticks."""
    if len(segments) > 1:
        middle = len(segments) // 2
        return segments[:middle], segments[middle:]
    blocks = list(segments[0].blocks.items())
    if len(blocks) > 1:
        middle = len(blocks) // 2
        return [Segment(dict(blocks[:middle]))], [Segment(dict(blocks[middle:]))]
    level, rows = blocks[0]
    middle = len(rows) // 2
    parts = rows.slice(0, middle), rows.slice(middle, len(rows))
    first, second = ([Segment({level: part}, prepared=segments[0].prepared)] for part in parts)
    return first, second


def size(segments: Input) -> int:
    """Rows and ticks of an input."""
    return sum(len(segment) or 1 for segment in segments)


def from_records(partition: int, records: Sequence[Record]) -> Input:
    """An input of single records of a partition, as level ``record``."""
    offsets, timestamps, keys, values, headers = zip(*records, strict=True)
    columns: dict[str, Column] = {
        "offset": np.array(offsets, dtype=np.int64),
        PARTITION: np.full(len(records), partition, dtype=np.int64),
        "timestamp": np.array(timestamps, dtype=np.int64),
        "key": list(keys),
        "value": list(values),
        "headers": list(headers),
    }
    return [Segment({"record": Rows(len(records), columns)})]
