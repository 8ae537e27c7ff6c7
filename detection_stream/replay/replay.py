"""Runs recorded messages through a topology again, in a directory of the replay's own."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event

from detection_stream.errors import InputError
from detection_stream.ingest.raw_records import RawRecord
from detection_stream.replay.manifest import Manifest
from detection_stream.replay.results import join_results
from detection_stream.replay.selection import Selection
from detection_stream.replay.shards import Job, Progress, Replayed, run_apart, run_shard
from detection_stream.replay.snapshot import SEED, open_snapshot
from detection_stream.replay.spool import Shard, Spool, fill
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.topology import Topology
from detection_stream.state.database import Database


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
    processes: int = 1,
    helpers: int | None = None,
    first: Sequence[RawRecord] = (),
    snapshot: Path | None = None,
    signals: tuple[str, ...] = (),
) -> Replayed:
    """Replay the topic ``raw`` of a source; one that was stopped goes on.

    The state is empty in the beginning, or that of a snapshot, and the range begins behind it.

    ``partial`` takes what is left of a range that retention has cut. Several ``processes`` share
    the tenants; ``helpers`` are further ones that read messages for each of them, None for one on
    each further core. ``first`` are records that stand before all that is replayed. ``signals`` are
    those that the results are wanted for, for the manifest.

    Raises:
        InputError: the range is cut or holds nothing, or ``data`` or ``out`` belong to something
            else; nothing is written.
    """
    new = [directory for directory in (data, out) if not directory.exists()]
    shards = [Shard(number, processes) for number in range(processes)]
    places = [shard_directory(data, shard) for shard in shards]
    try:
        # Read to the end before anything runs: the source is in use no longer than that.
        with source:
            seed = open_snapshot(snapshot) if snapshot else None
            manifest = Manifest.begin(
                source,
                raw,
                selection,
                data,
                out,
                partial=partial,
                processes=processes,
                snapshot=seed,
                signals=signals,
            )
            for place in places:
                if snapshot and not (place / "db").exists():
                    _copy_whole(snapshot / SEED / "db", place / "db")
            taken, skipped = _fill(
                dict(zip(shards, places, strict=True)), source, raw, manifest, selection, reading
            )
    except InputError:
        for directory in new:
            shutil.rmtree(directory, ignore_errors=True)
        raise
    jobs = [
        Job(place, shard_directory(out, shard), selection.start or 0, tuple(first), helpers)
        for shard, place in zip(shards, places, strict=True)
    ]
    if processes == 1:
        done = await run_shard(jobs[0], topology, feeding)
    else:
        stop = Event()
        try:
            done = await asyncio.to_thread(run_apart, jobs, topology.name, feeding, stop)
        finally:
            # Nothing interrupts a thread: it has to be told.
            stop.set()
        join_results(out, [job.out for job in jobs])
    manifest.finish(taken, skipped, done.counts)
    return done


def shard_directory(directory: Path, shard: Shard) -> Path:
    """Where a process of a replay keeps what is its own: below, if there are several."""
    return directory if shard.count == 1 else directory / f"shard-{shard.number}"


def _copy_whole(source: Path, target: Path) -> None:
    """Copy a folder so that the target is there whole or not at all."""
    part = target.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part)
    part.rename(target)


def _fill(
    places: dict[Shard, Path],
    source: Recorded,
    raw: str,
    manifest: Manifest,
    selection: Selection,
    reading: Callable[[int, int], None],
) -> tuple[int, dict[str, int]]:
    """Fill the spools; returns the messages taken, and those left out by reason."""
    with ExitStack() as stack:
        spools = [
            Spool(stack.enter_context(closing(Database(place))), shard)
            for shard, place in places.items()
        ]
        fill(spools, source, raw, manifest.offsets, selection, reading)
        taken = sum(spool.taken for spool in spools)
        skipped = sum((spool.skipped for spool in spools), Counter[str]())
    if not taken:
        left_out = ", ".join(f"{count} {why}" for why, count in skipped.items())
        raise InputError(f"{raw} in {source.name}: no message is in the range ({left_out})")
    return taken, dict(skipped)
