"""Runs recorded messages through a topology again, in a directory of the replay's own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detection_stream.errors import InputError
from detection_stream.ingest.raw_records import RawRecord
from detection_stream.replay.manifest import Manifest
from detection_stream.replay.selection import Selection
from detection_stream.replay.snapshot import SEED, open_snapshot
from detection_stream.replay.spool import Spool
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.embedded.sink import FileSink
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.topology import Topology

FEED_RECORDS = 256
"""Messages fed before the stages get their turn."""
OUTPUTS = ("verdicts", "attributions", "dead-letters")

Progress = Callable[[int, int, int], None]
"""Called with the messages fed, their total, and the time (milliseconds) that the replay is at."""
_FED = b"fed"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: messages fed now, those fed before it was stopped, and seconds."""

    messages: int
    before: int
    seconds: float


async def replay(
    source: Recorded,
    raw: str,
    topology: Topology,
    selection: Selection,
    data: Path,
    out: Path,
    reading: Callable[[int, int], None],
    feeding: Progress,
    *,
    partial: bool = False,
    helpers: int | None = None,
    first: Sequence[RawRecord] = (),
    snapshot: Path | None = None,
    signals: tuple[str, ...] = (),
) -> Replayed:
    """Replay the topic ``raw`` of a source; one that was stopped goes on.

    The state is empty in the beginning, or that of a snapshot, and the range begins behind it.

    ``partial`` takes what is left of a range that retention has cut. ``helpers`` are processes that
    read messages, None for one on each further core. ``first`` are records that stand before all
    that is replayed. ``signals`` are those that the results are wanted for, for the manifest.

    Raises:
        InputError: the range is cut or holds nothing, or ``data`` or ``out`` belong to something
            else; nothing is written.
    """
    new = [directory for directory in (data, out) if not directory.exists()]
    try:
        # Read to the end before anything runs: the source is in use no longer than that.
        with source:
            seed = open_snapshot(snapshot) if snapshot else None
            manifest = Manifest.begin(
                source, raw, selection, data, out, partial=partial, snapshot=seed, signals=signals
            )
            if snapshot and not (data / "db").exists():
                shutil.copytree(snapshot / SEED / "db", data / "db")
            engine = Engine(data, topology, helpers=helpers)
            try:
                spool = _fill(engine, source, raw, manifest, selection, reading)
            except BaseException:
                await engine.stop()
                raise
    except InputError:
        for directory in new:
            shutil.rmtree(directory, ignore_errors=True)
        raise
    return await _run(engine, spool, manifest, selection.start or 0, feeding, first)


def _fill(
    engine: Engine,
    source: Recorded,
    raw: str,
    manifest: Manifest,
    selection: Selection,
    reading: Callable[[int, int], None],
) -> Spool:
    spool = Spool(engine.database)
    spool.fill(source, raw, manifest.offsets, selection, reading)
    if not spool.taken:
        left_out = ", ".join(f"{count} {why}" for why, count in spool.skipped.items())
        raise InputError(f"{raw} in {source.name}: no message is in the range ({left_out})")
    return spool


async def _run(
    engine: Engine,
    spool: Spool,
    manifest: Manifest,
    since: int,
    feeding: Progress,
    first: Sequence[RawRecord],
) -> Replayed:
    sinks = [FileSink(engine, topic, manifest.out / f"{topic}.jsonl", since) for topic in OUTPUTS]
    try:
        await engine.start()
        result = await _feed(engine, spool, engine.topology.stages[0][1], feeding, first)
    finally:
        await engine.stop()
        for sink in sinks:
            sink.close()
    counts = {r.stage.name: dict(r.state.progress.counts) for r in engine.runners.values()}
    manifest.finish(spool.taken, dict(spool.skipped), counts)
    return result


class _Fed:
    """How far the spool was fed, in every checkpoint."""

    def __init__(self, engine: Engine) -> None:
        self._family = engine.database.family("replay:meta")
        stored = self._family.get([_FED])[0] or b""
        self.place, self.count = stored[8:], int.from_bytes(stored[:8])
        engine.on_checkpoint(self)

    def write(self, batch: Any) -> None:
        """Add to a checkpoint."""
        batch.put(_FED, self.count.to_bytes(8) + self.place, self._family.handle)

    def settle(self) -> None:
        """Nothing is to do after a checkpoint."""


async def _feed(
    engine: Engine,
    spool: Spool,
    topic: str,
    progress: Progress,
    first: Sequence[RawRecord],
) -> Replayed:
    begin = time.perf_counter()
    log, fed = engine.log(topic, 0), _Fed(engine)
    before = fed.count
    if not before:
        for preface in first:
            log.append(*preface)
    for place, record in spool.records(fed.place):
        at = int.from_bytes(place[:8])
        log.append(record.key, record.value, at, dict(record.headers))
        fed.place = place
        fed.count += 1
        if fed.count % FEED_RECORDS == 0:
            progress(fed.count, spool.taken, at)
            await engine.give_way(topic)
    engine.arrived.set()
    await engine.wait_idle()
    progress(fed.count, spool.taken, 0)
    return Replayed(fed.count - before, before, time.perf_counter() - begin)
