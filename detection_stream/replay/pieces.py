"""Stage outputs, split into the smallest pieces that have their own name.

A piece is all rows of one level that one input row sent to one target partition, or one single
event. However the rows were split into frames, and however often they were sent, pieces with the
same name have the same content.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson
import xxhash

from detection_stream.runtime.frames import INPUT, decode_frame


class Piece(NamedTuple):
    """The name of a piece.

    ``source`` is the sender of a frame, or the fields that name an event; ``level`` and ``input``
    are those of rows (empty and -1 for events).
    """

    topic: str
    partition: int
    source: str
    level: str
    input: int

    def __str__(self) -> str:
        partition = f"{self.topic}/{self.partition}"
        if self.level:
            return f"{partition}, level {self.level}, from {self.source} offset {self.input}"
        return f"{partition}, {self.source}"


Content = list[dict[str, Any]]
"""The rows of a piece, by column; an event is one row."""


def frame_digests(topic: str, partition: int, value: bytes) -> Iterator[tuple[Piece, int]]:
    """The pieces of a frame, each with a digest of its content; none for a tick."""
    frame = decode_frame(value)
    for level, columns in frame.blocks:
        digests: dict[int, int] = {}
        names = xxhash.xxh3_64_intdigest("\0".join(columns).encode())
        rows = zip(*columns.values(), strict=True)
        for at, row in zip(columns[INPUT], rows, strict=True):
            seed = digests.get(at, names)
            digests[at] = xxhash.xxh3_64_intdigest(orjson.dumps(row), seed=seed)
        for at, digest in digests.items():
            yield Piece(topic, partition, frame.sender, level, at), digest


def event_digest(
    topic: str, partition: int, value: bytes, named_by: Sequence[str]
) -> tuple[Piece, int]:
    """The piece of an event, and its digest; ``named_by`` are the fields that identify it."""
    fields = orjson.loads(value)
    named = [f"{name} {fields[name]}" for name in named_by if fields.get(name) is not None]
    return Piece(topic, partition, ", ".join(named), "", -1), xxhash.xxh3_64_intdigest(value)


def content(piece: Piece, value: bytes, named_by: Sequence[str] = ()) -> Content:
    """A piece's content in a frame or event; empty if absent."""
    if not piece.level:
        found, _ = event_digest(piece.topic, piece.partition, value, named_by)
        return [orjson.loads(value)] if found == piece else []
    frame = decode_frame(value)
    if frame.sender != piece.source:
        return []
    return [
        dict(zip(columns, row, strict=True))
        for level, columns in frame.blocks
        if level == piece.level
        for row in zip(*columns.values(), strict=True)
        if row[list(columns).index(INPUT)] == piece.input
    ]


def compare(live: Content, replayed: Content) -> str:
    """The differences between two contents of a piece, for display."""
    if not live:
        return "in the replay, not in live"
    if not replayed:
        return "in live, not in the replay"
    if len(live) != len(replayed):
        return f"{len(live)} rows live, {len(replayed)} in the replay"
    found = [
        f"{name} is {old.get(name)!r} live, {new.get(name)!r} in the replay"
        for old, new in zip(live, replayed, strict=True)
        for name in old | new
        if old.get(name) != new.get(name)
    ]
    more = f", and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(found[:3]) + more
