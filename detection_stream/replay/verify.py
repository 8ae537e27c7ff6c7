"""Compares live output with a rerun of the recorded inputs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from detection_stream.replay.pieces import (
    Content,
    Piece,
    compare,
    content,
    event_digest,
    frame_digests,
)
from detection_stream.replay.rerun import Share, rerun, written_live
from detection_stream.replay.snapshot import open_snapshot
from detection_stream.runtime.records import Record

MAX_EXPLAINED = 10
"""Maximum differences per share that are explained in full."""


@dataclass
class Findings:
    """Findings of one share.

    ``inputs`` counts records read, ``compared`` the pieces that live and replay both have,
    ``repeated`` those that live wrote more than once, ``ahead`` those that live has not written
    yet because it is not that far. ``different`` counts differences, ``causes`` explains the
    first ones.
    """

    stage: str
    inputs: int = 0
    compared: int = 0
    repeated: int = 0
    ahead: int = 0
    different: int = 0
    causes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, other: Findings) -> None:
        """Add the findings of other partitions of the stage."""
        for name in ("inputs", "compared", "repeated", "ahead", "different"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.causes += other.causes
        self.seconds = max(self.seconds, other.seconds)


def verify(share: Share) -> Findings:
    """Verify one share.

    Raises:
        InputError: the input's first records have expired.
        BrokerError: a broker does not answer.
    """
    begin = time.perf_counter()
    found = Findings(share.stage_name)
    replayed: dict[Piece, _ReplayedPiece] = {}
    different: set[Piece] = set()
    bounds = _Bounds(share)
    framed = {topic.name for topic in share.topology.internal}
    named_by = share.named_by

    def digests(topic: str, partition: int, value: bytes) -> Iterator[tuple[Piece, int]]:
        if topic in framed:
            return frame_digests(topic, partition, value)
        return iter([event_digest(topic, partition, value, named_by[topic])])

    def take_replayed(topic: str, partition: int, value: bytes, required: bool) -> None:
        for piece, digest in digests(topic, partition, value):
            replayed[piece] = _ReplayedPiece(digest, required)

    def take_live(topic: str, partition: int, record: Record) -> None:
        for piece, digest in digests(topic, partition, record.value):
            known = replayed.get(piece)
            if known is None:
                if not bounds.precedes(piece, record.offset):
                    different.add(piece)
                continue
            found.repeated += known.live > 0
            known.live += 1
            if known.digest != digest:
                different.add(piece)

    reran = rerun(share, take_replayed)
    found.inputs, bounds.before = reran.inputs, reran.before
    written_live(share, take_live)
    for piece, known in replayed.items():
        if known.live:
            found.compared += 1
        elif known.required:
            different.add(piece)
        else:
            found.ahead += 1
    found.different = len(different)
    if different:
        found.causes = _explain(share, sorted(different)[:MAX_EXPLAINED])
    found.seconds = time.perf_counter() - begin
    return found


class _Bounds:
    """Which live outputs precede the state that a rerun starts from."""

    def __init__(self, share: Share) -> None:
        self.before: dict[int, int] = {}
        self._topic = share.topic
        self._ends = open_snapshot(share.snapshot).ends if share.snapshot else {}

    def precedes(self, piece: Piece, offset: int) -> bool:
        """Whether live may have written a piece earlier; by input for rows, else by position."""
        if piece.level:
            number = int(piece.source.removeprefix(f"{self._topic}/"))
            return piece.input <= self.before[number]
        return offset < self._ends.get(piece.topic, {}).get(str(piece.partition), 0)


@dataclass(slots=True)
class _ReplayedPiece:
    """A replayed piece; ``live`` counts how often live wrote it."""

    digest: int
    required: bool
    live: int = 0


def _explain(share: Share, pieces: list[Piece]) -> list[str]:
    """Why pieces differ; reruns the stage to get their content."""
    partitions = {(piece.topic, piece.partition) for piece in pieces}
    replayed: dict[Piece, Content] = {piece: [] for piece in pieces}
    live: dict[Piece, list[Content]] = {piece: [] for piece in pieces}

    def take_replayed(topic: str, partition: int, value: bytes, _: bool) -> None:
        if (topic, partition) in partitions:
            for piece in pieces:
                if piece[:2] == (topic, partition):
                    replayed[piece] += content(piece, value, share.named_by[topic])

    def take_live(topic: str, partition: int, record: Record) -> None:
        if (topic, partition) in partitions:
            named_by = share.named_by[topic]
            for piece in pieces:
                if piece[:2] == (topic, partition) and (
                    rows := content(piece, record.value, named_by)
                ):
                    live[piece].append(rows)

    rerun(share, take_replayed)
    written_live(share, take_live)
    return [f"{piece}: {_cause(live[piece], replayed[piece])}" for piece in pieces]


def _cause(live: list[Content], replayed: Content) -> str:
    first = live[0] if live else []
    if any(again != first for again in live):
        return f"live wrote it {len(live)} times, with different content"
    return compare(first, replayed)
