"""Feeds a spool to an engine; the order does not depend on the engine's pace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any

from detection_stream.ingest.raw_records import RawRecord
from detection_stream.replay.spool import Spool, Spooled
from detection_stream.reporting import ReportFeed
from detection_stream.runtime.embedded.engine import Engine

FEED_RECORDS = 256
"""Records fed before the stages get their turn."""
PIECE_MS = 60_000
"""Milliseconds of several sources that are fed source by source: stages expect small steps back."""

_FED = b"fed"


async def feed_spool(
    engine: Engine, feeding: ReportFeed, first: Mapping[str, Sequence[RawRecord]]
) -> tuple[int, int]:
    """Feed the rest of the spool; returns the records fed now and before.

    With several sources, a piece goes source by source, and each is applied by all stages before
    the next: so where their rows meet, they stand in the same order however fast the stages are,
    and none steps back in time by more than ``PIECE_MS``.
    """
    spool, fed = Spool(engine.database), _FeedPosition(engine)
    before = fed.count
    if not before:
        for name, preface in first.items():
            log = engine.log(engine.topology.source(name).name, 0)
            for record in preface:
                log.append(*record)
    several = len(engine.topology.sources) > 1
    # An open cursor would keep the database open.
    with closing(spool.records(fed.key)) as records:
        for piece in _pieces(records, PIECE_MS if several else None):
            if several:
                await _source_by_source(engine, fed, piece)
            else:
                fed.append(piece)
                (source,) = engine.topology.sources
                await engine.give_way(source.name)
            feeding(fed.count, spool.taken, piece[-1].at)
    engine.arrived.set()
    await engine.wait_idle()
    feeding(fed.count, spool.taken, 0)
    return fed.count - before, before


def _pieces(records: Iterable[Spooled], span: int | None) -> Iterator[list[Spooled]]:
    """Records in order, cut after ``FEED_RECORDS`` or ``span`` milliseconds."""
    piece: list[Spooled] = []
    for record in records:
        late = span is not None and piece and record.at - piece[0].at > span
        if late or len(piece) == FEED_RECORDS:
            yield piece
            piece = []
        piece.append(record)
    if piece:
        yield piece


async def _source_by_source(engine: Engine, fed: _FeedPosition, piece: list[Spooled]) -> None:
    by_source = sorted(piece, key=lambda one: one.source)
    for source, records in groupby(by_source, key=lambda one: one.source):
        if source not in fed.done:
            fed.append_of(source, list(records))
            await engine.wait_idle()
    fed.finish(piece)


class _FeedPosition:
    """Position of the feed in the spool, saved in every checkpoint.

    ``key`` is that of the last record of complete pieces, ``done`` the sources of the next piece
    whose records have been fed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._family = engine.database.family("replay:meta")
        stored = self._family.get([_FED])[0] or b""
        self.count, done = int.from_bytes(stored[:8]), stored[8:9]
        self.done = set(stored[9 : 9 + int.from_bytes(done)])
        self.key = stored[9 + len(self.done) :]
        engine.on_checkpoint(self)

    def append(self, piece: Sequence[Spooled]) -> None:
        """Append a whole piece to the only source."""
        self._append(piece)
        self.finish(piece)

    def append_of(self, source: int, records: Sequence[Spooled]) -> None:
        """Append a source's records of a piece."""
        self._append(records)
        self.done.add(source)

    def finish(self, piece: Sequence[Spooled]) -> None:
        """Record that a piece was fed."""
        self.key, self.done = piece[-1].key, set()
        self.count += len(piece)

    def _append(self, records: Sequence[Spooled]) -> None:
        topology = self._engine.topology
        for spooled in records:
            topic = topology.source_of(spooled.source).name
            record = spooled.record
            headers = dict(record.headers)
            self._engine.log(topic, 0).append(record.key, record.value, spooled.at, headers)
        self._engine.arrived.set()

    def write(self, batch: Any) -> None:
        """Add to a checkpoint."""
        done = bytes([len(self.done), *sorted(self.done)])
        batch.put(_FED, self.count.to_bytes(8) + done + self.key, self._family.handle)

    def settle(self) -> None:
        """Nothing to do after a checkpoint."""
