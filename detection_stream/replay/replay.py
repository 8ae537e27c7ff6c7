"""Runs recorded sources through a topology again, in its own directory."""

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
from detection_stream.model.signature import OperatorKeys
from detection_stream.replay.manifest import Manifest
from detection_stream.replay.results import join_results
from detection_stream.replay.selection import Selection
from detection_stream.replay.shards import ReplayResult, ShardTask, run_apart, run_shard
from detection_stream.replay.snapshot import SEED, open_snapshot
from detection_stream.replay.spool import Shard, Spool, fill
from detection_stream.reporting import ReportFeed, ReportProgress
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.topic import Topic
from detection_stream.state.database import Database


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of a replay's state and of its results."""

    data: Path
    out: Path


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a replay.
    ``partial`` uses what is left of a partly expired range. Several ``processes`` split
    the tenants; ``readers`` are those that parse messages for each, None for one per
    core. ``first`` are records that precede everything replayed, by the name of their source.
    ``snapshot`` is a folder with the state to start from, None for an empty one.
    ``signals`` are the requested signals, for the manifest.
    """

    partial: bool = False
    processes: int = 1
    readers: int | None = None
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
    reading: ReportProgress,
    feeding: ReportFeed,
    options: Options = Options(),
) -> ReplayResult:
    """Replay recorded sources through a topology; resumes an interrupted replay.

    ``sources`` are those of the recorded topology. The state starts empty, or as that of a
    snapshot; then the range starts after it.

    Raises:
        InputError: the range has expired or is empty, or a directory belongs to something else;
            nothing is written.
    """
    data, out = places.data, places.out
    new = [directory for directory in (data, out) if not directory.exists()]
    shards = [Shard(number, options.processes) for number in range(options.processes)]
    directories = [shard_directory(data, shard) for shard in shards]
    try:
        # Read everything before running, so that the source is released early.
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
            taken, skipped = _fill(by_shard, recorded, manifest, selection, reading, blueprint.keys)
    except InputError:
        for directory in new:
            shutil.rmtree(directory, ignore_errors=True)
        raise
    jobs = [
        ShardTask(
            blueprint,
            directory,
            shard_directory(out, shard),
            selection.start or 0,
            {name: tuple(records) for name, records in options.first.items()},
            options.readers,
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
            # Threads cannot be interrupted, only asked to stop.
            stop.set()
        join_results(out, [job.out for job in jobs], blueprint.topology())
    manifest.finish(taken, skipped, done.counts)
    return done


def shard_directory(directory: Path, shard: Shard) -> Path:
    """Directory of one process of a replay: a subdirectory if there are several."""
    return directory if shard.count == 1 else directory / f"shard-{shard.number}"


def _copy_whole(source: Path, target: Path) -> None:
    """Copy a folder atomically."""
    part = target.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part)
    part.rename(target)


def _fill(
    directories: dict[Shard, Path],
    recorded: Recorded,
    manifest: Manifest,
    selection: Selection,
    reading: ReportProgress,
    keys: OperatorKeys,
) -> tuple[int, dict[str, int]]:
    """Fill the spools; returns the records taken, and those skipped, by reason."""
    with ExitStack() as stack:
        spools = [
            Spool(stack.enter_context(closing(Database(directory))), shard)
            for shard, directory in directories.items()
        ]
        fill(spools, recorded, manifest.offsets, selection, reading, keys)
        taken = sum(spool.taken for spool in spools)
        skipped = sum((spool.skipped for spool in spools), Counter[str]())
    if not taken:
        left_out = ", ".join(f"{count} {why}" for why, count in skipped.items())
        raise InputError(f"{recorded.name}: the range has no records ({left_out})")
    return taken, dict(skipped)
