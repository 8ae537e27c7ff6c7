"""Where a row comes from: one record of one source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detection_stream.model.batch import IntColumn, Rows

Origin = tuple[int, int, int]
"""The id of a source topic in its topology, and the partition and offset of a record there.

A plain tuple: one is made for every row, and a named one costs six times as much.
"""

MAX_SOURCES = 64
"""Ids of sources are below this."""
MAX_PARTITIONS = 65_536
"""Numbers of partitions are below this; Kafka recommends fewer than 10,000 a broker."""

ORIGIN_COLUMNS: dict[str, type] = {
    "origin_topic": int,
    "origin_partition": int,
    "origin_offset": int,
}
"""The columns that hold the origin of each row, in the order of its parts."""

ORIGIN_WORDS = dict(
    zip(
        ORIGIN_COLUMNS,
        ("id of the source", "partition of the record", "offset of the record"),
        strict=True,
    )
)
"""What each of them holds, for people."""


def origins_of(rows: Rows) -> list[Origin]:
    """The origin of each row."""
    return list(zip(*(rows[name].tolist() for name in ORIGIN_COLUMNS), strict=True))


def origin_columns(origins: Sequence[Origin]) -> dict[str, IntColumn]:
    """The columns of these origins."""
    parts = np.array(origins, dtype=np.int64).reshape(-1, len(ORIGIN_COLUMNS)).T
    return dict(zip(ORIGIN_COLUMNS, np.ascontiguousarray(parts), strict=True))


def message_numbers(rows: Rows) -> IntColumn:
    """A number for each row's message, the same for rows of one message only."""
    topic, partition, offset = (rows[name] for name in ORIGIN_COLUMNS)
    numbers: IntColumn = (offset * MAX_PARTITIONS + partition) * MAX_SOURCES + topic
    return numbers
