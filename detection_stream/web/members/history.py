"""Rows as they were: from the last snapshot before, and the observations that are kept."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from detection_stream.errors import DetectionStreamError
from detection_stream.model.observation import entity_key
from detection_stream.profiles.kinds import PROFILES
from detection_stream.replay.moment import Moment
from detection_stream.replay.snapshot import NAME, SEED, Snapshot, open_snapshot, state_directory
from detection_stream.state.database import Database
from detection_stream.state.partition import PartitionState
from detection_stream.state.progress import Progress
from detection_stream.web.members.host import Held, Host, extent_of
from detection_stream.web.members.queries import History, HistoryAnswer

LOOK_SECONDS = 8.0
"""Longest time that one look-up takes."""

_OPENING = threading.Lock()
"""A snapshot is open once at a time, as every database."""


async def history(host: Host, snapshots: Path | None, query: History) -> HistoryAnswer:
    """An entity's row at a moment or before a message."""
    held = [h for h in host.held() if query.kind in h.stage.tables]
    partitions = [h.partition for h in held]
    entity = await _partition(host, held, query)
    if entity is None:
        return HistoryAnswer(partitions=partitions, row=None, base="", observations=0)
    found = await asyncio.to_thread(_bases, host, snapshots, entity, query)
    extent = await extent_of(host, entity.topic, entity.partition)
    # A seed says where to begin by its marks; whether that is kept shows in the frames.
    bases = [base for base in found if base[1] == 0 or base[1] >= extent.start]
    if extent.start == 0:
        bases.append(("the first observation", 0, _empty(query)))
    if not bases:
        problem = (
            f"observations are kept from offset {extent.start} on, and no snapshot was taken "
            "before that moment; take one with `snapshot` now and then, below the folder that "
            "--snapshots names"
        )
        return HistoryAnswer(
            partitions=partitions, row=None, base="", observations=0, problem=problem
        )
    base, start, moment = bases[0]
    return await _forward(host, entity, moment, range(start, extent.stop), base, partitions)


def _empty(query: History) -> Moment:
    return Moment(query.kind, query.tenant, query.value, query.at, query.origin)


async def _partition(host: Host, held: list[Held], query: History) -> Held | None:
    """The partition that has the entity now; with one partition there is no choice."""
    if host.partition_count == 1:
        return held[0] if held else None
    key = entity_key(query.tenant, query.value)
    for h in held:
        if h.state.tables[query.kind].get([key])[0] is not None:
            return h
    return None


async def _forward(
    host: Host, entity: Held, moment: Moment, extent: range, base: str, partitions: list[int]
) -> HistoryAnswer:
    deadline = time.monotonic() + LOOK_SECONDS
    at, problem = extent.start, ""
    while at < extent.stop and not moment.done:
        records = await host.read(entity.topic, entity.partition, range(at, extent.stop))
        if not records:
            break
        await asyncio.to_thread(moment.take, entity.partition, records)
        at = records[-1].offset + 1
        if time.monotonic() > deadline:
            problem = (
                f"there are too many observations since {base}; take snapshots more often, below "
                "the folder that --snapshots names"
            )
            break
    if moment.broken and not problem:
        problem = f"observations that came after {base} are gone: retention has cut them"
    return HistoryAnswer(
        partitions=partitions,
        row=moment.row,
        base=base,
        observations=moment.applied,
        partition=entity.partition,
        problem=problem,
    )


def _bases(
    host: Host, snapshots: Path | None, entity: Held, query: History
) -> list[tuple[str, int, Moment]]:
    """Snapshots from before the moment, the latest first: its name, where to read on, its row."""
    if snapshots is None or not snapshots.is_dir():
        return []
    found = []
    folders = {path.parent for path in snapshots.glob(f"*/{NAME}")}
    if (snapshots / NAME).exists():
        folders.add(snapshots)
    for folder in sorted(folders):
        try:
            snapshot = open_snapshot(folder)
            if snapshot.topology == host.topology.name:
                base = _base(host, snapshot, folder, entity, query)
                if base is not None:
                    found.append(base)
        except DetectionStreamError:
            # One of another release, or in use, is no help; the others are.
            continue
    return sorted(found, key=lambda base: -base[2].progress.watermark)


def _base(
    host: Host, snapshot: Snapshot, folder: Path, entity: Held, query: History
) -> tuple[str, int, Moment] | None:
    stage, raw = entity.stage, host.topology.stages[0][1]
    own = state_directory(folder, stage.name, entity.partition)
    with _OPENING:
        database = Database(own if own.is_dir() else folder / SEED, create=False)
        try:
            state = PartitionState(database, stage.name, entity.partition, stage.tables)
            (row,) = state.tables[query.kind].get([entity_key(query.tenant, query.value)])
            progress = state.progress.copy()
        finally:
            database.close()
    if not own.is_dir():
        # A seed has no marks: everything up to its cut through the raw messages is in it.
        progress.marks = {f"{raw}/{number}": cut for number, cut in snapshot.cut.items()}
    if not _before(row, progress, raw, query):
        return None
    start = progress.applied + 1 if own.is_dir() else 0
    moment = _empty(query)
    moment.row, moment.progress = row, progress
    taken = datetime.fromisoformat(snapshot.taken_at).astimezone(UTC)
    return f"the snapshot of {taken:%Y-%m-%d %H:%M} UTC", start, moment


def _before(row: bytes | None, progress: Progress, raw: str, query: History) -> bool:
    """Whether a stored row has nothing in it from after the moment."""
    if query.origin is not None:
        partition, offset = query.origin
        return progress.marks.get(f"{raw}/{partition}", -1) < offset
    if row is None:
        return progress.watermark <= query.at // 1_000
    touched = int(PROFILES[query.kind].row.decode([row])["touched"][0])
    return touched <= query.at // 1_000
