"""Runs recorded sources through a topology again, in a directory of the replay's own."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from detection_stream.errors import InputError
from detection_stream.ingest.raw_records import RawRecord
from detection_stream.replay.feeding import Feeding
from detection_stream.replay.manifest import Manifest
from detection_stream.replay.results import join_results
from detection_stream.replay.selection import Selection
from detection_stream.replay.shards import Job, Replayed, run_apart, run_shard
from detection_stream.replay.snapshot import SEED, open_snapshot
from detection_stream.replay.spool import Reading, Shard, Spool, fill
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.topology import Blueprint, Topic
from detection_stream.state.database import Database


@dataclass(frozen=True, slots=True)
class Places:
    """Where a replay keeps its state, and where its results go."""

    data: Path
    out: Path


@dataclass(frozen=True, slots=True)
class Options:
    """How a replay is done.

    ``partial`` takes what is left of a range that retention has cut. Several ``processes`` share
    the tenants; ``helpers`` are further ones that read messages for each of them, None for one on
    each further core. ``first`` are records that stand before all that is replayed, by the name of
    their source. ``snapshot`` is a folder with the state to begin from, None for an empty one.
    ``signals`` are those that the results are wanted for, for the manifest.
    """

    partial: bool = False
    processes: int = 1
    helpers: int | None = None
    first: Mapping[str, Sequence[RawRecord]] = field(default_factory=dict)
    snapshot: Path | None = None
    signals: tuple[str, ...] = ()


async def replay(
    recorded: Recorded,
    sources: Sequence[Topic],
    blueprint: Blueprint,
    selection: Selection,
    places: Places,
    *,
    reading: Reading,
    feeding: Feeding,
    options: Options = Options(),
) -> Replayed:
    """Replay recorded sources through a topology; a replay that was stopped goes on.

    ``sources`` are those of the topology that they were recorded for. The state is empty in the
    beginning, or that of a snapshot, and the range begins behind it.

    Raises:
        InputError: the range is cut or holds nothing, or a place belongs to something else;
            nothing is written.
    """
    data, out = places.data, places.out
    new = [directory for directory in (data, out) if not directory.exists()]
    shards = [Shard(number, options.processes) for number in range(options.processes)]
    directories = [shard_directory(data, shard) for shard in shards]
    try:
        # Read to the end before anything runs: the source is in use no longer than that.
        with recorded:
            manifest = Manifest.begin(
                recorded,
                sources,
                selection,
                data,
                out,
                partial=options.partial,
                processes=options.processes,
                snapshot=open_snapshot(options.snapshot) if options.snapshot else None,
                signals=options.signals,
            )
            for directory in directories:
                if options.snapshot and not (directory / "db").exists():
                    _copy_whole(options.snapshot / SEED / "db", directory / "db")
            by_shard = dict(zip(shards, directories, strict=True))
            taken, skipped = _fill(by_shard, recorded, manifest, selection, reading)
    except InputError:
        for directory in new:
            shutil.rmtree(directory, ignore_errors=True)
        raise
    jobs = [
        Job(
            blueprint,
            directory,
            shard_directory(out, shard),
            selection.start or 0,
            {name: tuple(records) for name, records in options.first.items()},
            options.helpers,
        )
        for shard, directory in by_shard.items()
    ]
    if len(jobs) == 1:
        done = await run_shard(jobs[0], feeding)
    else:
        stop = Event()
        try:
            done = await asyncio.to_thread(run_apart, jobs, feeding, stop)
        finally:
            # Nothing interrupts a thread: it has to be told.
            stop.set()
        join_results(out, [job.out for job in jobs], blueprint.topology())
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
    directories: dict[Shard, Path],
    recorded: Recorded,
    manifest: Manifest,
    selection: Selection,
    reading: Reading,
) -> tuple[int, dict[str, int]]:
    """Fill the spools; returns the records taken, and those left out by reason."""
    with ExitStack() as stack:
        spools = [
            Spool(stack.enter_context(closing(Database(directory))), shard)
            for shard, directory in directories.items()
        ]
        fill(spools, recorded, manifest.offsets, selection, reading)
        taken = sum(spool.taken for spool in spools)
        skipped = sum((spool.skipped for spool in spools), Counter[str]())
    if not taken:
        left_out = ", ".join(f"{count} {why}" for why, count in skipped.items())
        raise InputError(f"{recorded.name}: no record is in the range ({left_out})")
    return taken, dict(skipped)
