"""Past rows: the last snapshot before a time plus the observations since."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from detection_stream.errors import DetectionStreamError
from detection_stream.model.entity import entity_key
from detection_stream.model.origin import Origin
from detection_stream.profiles.kinds import KINDS
from detection_stream.replay.moment import RowReplay
from detection_stream.replay.snapshot import NAME, SEED, Snapshot, open_snapshot, state_directory
from detection_stream.state.database import Database
from detection_stream.state.progress import Progress
from detection_stream.web.members.host import Held, Host, extent_of
from detection_stream.web.members.queries import PastRow, PastRowAnswer

MAX_LOOKUP_SECONDS = 8.0
"""Maximum time of one lookup."""

_THREAD = ThreadPoolExecutor(1, "snapshots")
"""Like any database, a snapshot can be open only once."""


class _Base(NamedTuple):
    """The start of a lookup: its name, the next offset to read, and the row in it."""

    name: str
    start: int
    moment: RowReplay


async def history(host: Host, snapshots: Path | None, query: PastRow) -> PastRowAnswer:
    """An entity's row at a time or before a message."""
    held = [h for h in host.held() if query.kind in h.stage.tables]
    partitions = [h.partition for h in held]
    entity = await _partition(host, held, query)
    if entity is None:
        return PastRowAnswer(partitions=partitions, row=None, base="", observations=0)
    kept = await extent_of(host, entity.topic, entity.partition)
    loop = asyncio.get_running_loop()
    base = await loop.run_in_executor(_THREAD, _base, host, snapshots, entity, query, kept.start)
    if base is None:
        problem = (
            f"observations are kept from offset {kept.start}, and there is no snapshot "
            "from before that time; take one with `snapshot` regularly, below the folder in "
            "--snapshots"
        )
        return PastRowAnswer(
            partitions=partitions, row=None, base="", observations=0, problem=problem
        )
    return await _forward(host, entity, base, kept.stop, partitions)


def _empty(host: Host, query: PastRow) -> RowReplay:
    before = _sender(host, query.origin) if query.origin else None
    return RowReplay(KINDS[query.kind], query.tenant, query.value, query.at, before)


def _sender(host: Host, origin: Origin) -> tuple[str, int]:
    """The sender of a record's rows, and its input offset there."""
    source, partition, offset = origin
    return f"{host.topology.source_of(source).name}/{partition}", offset


async def _partition(host: Host, held: list[Held], query: PastRow) -> Held | None:
    """The partition that holds the entity now."""
    if host.partition_count == 1:
        return held[0] if held else None
    key = entity_key(query.tenant, query.value)
    for h in held:
        if h.state.tables[query.kind].get([key])[0] is not None:
            return h
    return None


async def _forward(
    host: Host, entity: Held, base: _Base, stop: int, partitions: list[int]
) -> PastRowAnswer:
    deadline = time.monotonic() + MAX_LOOKUP_SECONDS
    at, moment, problem = base.start, base.moment, ""
    while at < stop and not moment.done:
        records = await host.read(entity.topic, entity.partition, range(at, stop))
        if not records:
            break
        await asyncio.to_thread(moment.take, entity.partition, records)
        at = records[-1].offset + 1
        if time.monotonic() > deadline:
            problem = (
                f"there are more observations since {base.name} than can be read in "
                f"{MAX_LOOKUP_SECONDS:.0f} s; take snapshots more often, below the folder in "
                "--snapshots"
            )
            break
    if moment.broken and not problem:
        problem = f"observations after {base.name} have expired"
    return PastRowAnswer(
        partitions=partitions,
        row=moment.row,
        base=base.name,
        observations=moment.applied,
        partition=entity.partition,
        problem=problem,
    )


def _base(
    host: Host, snapshots: Path | None, entity: Held, query: PastRow, first: int
) -> _Base | None:
    """The latest snapshot before the time, or the first observation if kept."""
    for folder, snapshot in _snapshots(snapshots, host.topology.versioned_name):
        try:
            base = _of_snapshot(host, snapshot, folder, entity, query)
        except DetectionStreamError:
            # Skip one that is in use.
            continue
        # A seed's marks say where to start; the frames show whether that is still kept.
        if base is not None and (base.start == 0 or base.start >= first):
            return base
    return _Base("the first observation", 0, _empty(host, query)) if first == 0 else None


def _snapshots(folder: Path | None, topology: str) -> list[tuple[Path, Snapshot]]:
    """Snapshots of a topology below a folder, latest first."""
    if folder is None or not folder.is_dir():
        return []
    found = []
    for file in (folder / NAME, *folder.glob(f"*/{NAME}")):
        try:
            snapshot = open_snapshot(file.parent) if file.exists() else None
        except DetectionStreamError:
            # Skip one of another release.
            continue
        if snapshot and snapshot.topology == topology:
            found.append((file.parent, snapshot))
    return sorted(found, key=lambda one: one[1].taken_at, reverse=True)


def _of_snapshot(
    host: Host, snapshot: Snapshot, folder: Path, entity: Held, query: PastRow
) -> _Base | None:
    """The row in a snapshot; None if the snapshot contains later changes."""
    own = state_directory(folder, entity.node.name, entity.partition)
    database = Database(own if own.is_dir() else folder / SEED, create=False)
    try:
        state = entity.stage.open_state(database, entity.partition)
        (row,) = state.tables[query.kind].get([entity_key(query.tenant, query.value)])
        progress = state.progress.copy()
    finally:
        database.close()
    if not own.is_dir():
        # A seed has no marks: everything up to its cut through the sources is in it.
        progress.marks = {
            f"{source.name}/{number}": start - 1
            for source in host.topology.sources
            for number, start in snapshot.begins(source).items()
        }
    if not _before(host, row, progress, query):
        return None
    start = progress.applied + 1 if own.is_dir() else 0
    moment = _empty(host, query)
    moment.row, moment.progress = row, progress
    taken = datetime.fromisoformat(snapshot.taken_at).astimezone(UTC)
    return _Base(f"the snapshot of {taken:%Y-%m-%d %H:%M} UTC", start, moment)


def _before(host: Host, row: bytes | None, progress: Progress, query: PastRow) -> bool:
    """Whether a stored row contains nothing later than the time."""
    if query.origin is not None:
        sender, offset = _sender(host, query.origin)
        return progress.marks.get(sender, -1) < offset
    if row is None:
        return progress.clock(query.tenant) <= query.at // 1_000
    touched = int(KINDS[query.kind].row.decode([row])["touched"][0])
    return touched <= query.at // 1_000
