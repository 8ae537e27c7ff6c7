"""Takes snapshots: of a data directory not in use, or of running workers."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition

from detection_stream.errors import InputError
from detection_stream.private_files import private_directory
from detection_stream.replay.seed import merge, roll_forward
from detection_stream.replay.snapshot import SEED, Snapshot, digest, record_at, state_directory
from detection_stream.runtime.embedded.log import Logs
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.catch_up import catch_up
from detection_stream.runtime.kafka.changelog import ChangelogReader
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.runtime.kafka.replica import Replica
from detection_stream.runtime.topology import StageNode, Topology
from detection_stream.state.database import Database, Memory

MAX_WAIT_SECONDS = 60.0
"""Time limit for entry stages to commit what later ones have seen."""
MAX_STALLED_SECONDS = 120.0
"""Seconds without progress after which copying stops: longer than a broker takes to abort the
transaction of a dead worker."""


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A new folder, removed again on failure.

    Raises:
        InputError: it is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty; use a new folder for the snapshot")
    private_directory(folder)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def snapshot_directory(source: Path, topology: Topology, folder: Path) -> Snapshot:
    """Copy the state of an embedded engine's directory, which must not be in use.

    Raises:
        InputError: it is in use, or messages in it are still being processed.
    """
    database = Database(source, create=False)
    try:
        with new_folder(folder), _seed(folder) as seed:
            logs = Logs(database, {})
            cut: dict[str, dict[str, int]] = {}
            last: dict[str, dict[str, str]] = {}
            for node in topology.stages:
                log = logs.partition(node.reads.name, 0)
                state = node.stage.open_state(database, 0)
                at = state.progress.applied
                if at < log.end - 1:
                    raise InputError(
                        f"{source}: messages are in flight; let `run` or `serve` finish first"
                    )
                merge(seed, node.stage, state)
                if node in topology.entries:
                    cut[node.reads.key] = {"0": at}
                    last[node.reads.key] = {"0": digest(log.read(at) if at >= 0 else [])}
            name = topology.versioned_name
            taken = Snapshot(name, str(source), 1, cut, last, {}, _now())
            taken.save(folder)
    finally:
        database.close()
    return taken


def snapshot_topics(connection: Connection, topology: Topology, folder: Path) -> Snapshot:
    """Copy what workers have committed; they may keep running.

    Raises:
        InputError: topics are missing, or workers stopped in mid-work.
        BrokerError: a broker does not answer.
    """
    partitions = topics.check(connection, topology)
    with new_folder(folder):
        replicas = _open_replicas(topology, partitions, folder)
        try:
            asyncio.run(_copy(connection, topology, replicas))
            cut = {node.reads.key: _progress(node, replicas) for node in topology.entries}
        finally:
            for replica in replicas.values():
                replica.close()
        with RecordedTopics(connection) as recorded:
            _build_seed(recorded, topology, partitions, folder, cut)
            written = {topic.name for node in topology.stages for topic in node.writes}
            ends = {
                name: {str(n): extent.stop for n, extent in recorded.extents(name).items()}
                for name in sorted(written)
            }
            last = {
                node.reads.key: {
                    str(n): digest(record_at(recorded, node.reads.name, n, end))
                    for n, end in cut[node.reads.key].items()
                }
                for node in topology.entries
            }
        taken = Snapshot(
            topology.versioned_name,
            connection.servers,
            partitions,
            {key: {str(n): end for n, end in found.items()} for key, found in cut.items()},
            last,
            ends,
            _now(),
        )
        taken.save(folder)
    return taken


_ReplicasByStage = Mapping[tuple[str, int], Replica]


def _open_replicas(topology: Topology, partitions: int, folder: Path) -> _ReplicasByStage:
    memory = Memory()
    return {
        (node.name, number): Replica(
            state_directory(folder, node.name, number),
            node.name,
            number,
            node.stage.tables,
            memory,
        )
        for node in topology.stages
        for number in range(partitions)
    }


async def _copy(connection: Connection, topology: Topology, replicas: _ReplicasByStage) -> None:
    """Copy later stages first, then entry stages once they have committed as much."""
    reader = ChangelogReader(connection)
    await reader.start()
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    entries = topology.entries
    try:
        for node in topology.stages:
            if node not in entries:
                await _copy_stage(reader, node, replicas)
        while True:
            for node in entries:
                await _copy_stage(reader, node, replicas)
            if not _ahead(topology, replicas):
                return
            if time.monotonic() > deadline:
                names = " and ".join(node.name for node in entries)
                raise InputError(
                    f"{names}: what later stages have seen is not committed: workers stopped in "
                    "mid-work; start them and retry"
                )
            await asyncio.sleep(0.5)
    finally:
        await reader.stop()


async def _copy_stage(reader: ChangelogReader, node: StageNode, replicas: _ReplicasByStage) -> None:
    """Bring a stage's copies to the last complete checkpoint, without fencing anybody."""
    own = {
        TopicPartition(node.changelog, number): replica
        for (owner, number), replica in replicas.items()
        if owner == node.name
    }
    await catch_up(reader, own, stalled_seconds=MAX_STALLED_SECONDS, whole=True)


def _ahead(topology: Topology, replicas: _ReplicasByStage) -> bool:
    """Whether a later stage has seen rows of records not yet committed by their entry stage."""
    committed = {
        f"{node.reads.name}/{number}": end
        for node in topology.entries
        for number, end in _progress(node, replicas).items()
    }
    return any(
        mark > committed.get(sender, mark)
        for replica in replicas.values()
        for sender, mark in _meta(replica).get("marks", {}).items()
    )


def _progress(node: StageNode, replicas: _ReplicasByStage) -> dict[int, int]:
    """Last input offset of each partition of a stage."""
    return {
        number: int(_meta(replica).get("applied", -1))
        for (owner, number), replica in replicas.items()
        if owner == node.name
    }


def _meta(replica: Replica) -> dict[str, Any]:
    progress: dict[str, Any] = replica.meta.get("progress", {})
    return progress


def _build_seed(
    recorded: RecordedTopics,
    topology: Topology,
    partitions: int,
    folder: Path,
    cut: Mapping[str, Mapping[int, int]],
) -> None:
    """Bring all stages to the same cut through the sources and merge their partitions.

    Frames between the stages up to the cut are applied to a copy of the state.
    """
    senders = {
        f"{topic.name}/{number}": end
        for topic in topology.sources
        for number, end in cut[topic.key].items()
    }
    with _seed(folder) as seed:
        for node in topology.stages:
            for number in range(partitions):
                scratch = folder / "scratch"
                shutil.copytree(state_directory(folder, node.name, number), scratch)
                database = Database(scratch)
                if node.stage.framed:
                    roll_forward(node, database, number, recorded, senders)
                merge(seed, node.stage, node.stage.open_state(database, number))
                database.close()
                shutil.rmtree(scratch)


@contextmanager
def _seed(folder: Path) -> Iterator[Database]:
    seed = Database(folder / SEED)
    try:
        yield seed
    finally:
        seed.close()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
