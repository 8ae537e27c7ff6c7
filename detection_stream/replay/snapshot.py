"""State set aside: with its marks, to verify from, and as a seed, to replay from."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import xxhash
from aiokafka import TopicPartition

from detection_stream import __version__
from detection_stream.errors import InputError
from detection_stream.replay.seed import merge, roll_forward
from detection_stream.runtime.embedded.log import Logs
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.changelog import ChangelogReader
from detection_stream.runtime.kafka.committed import copy_committed
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.runtime.kafka.replica import Replica
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.records import Record
from detection_stream.runtime.stage import Stage
from detection_stream.runtime.topology import Topology
from detection_stream.state.database import Database, Memory
from detection_stream.state.partition import PartitionState

NAME = "snapshot.json"
SEED = "seed"
PATIENCE_SECONDS = 60.0
"""Time within which the first stage has to commit what a later one has seen."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a folder holds; ``open_snapshot`` reads it.

    ``cut`` is the last offset of each partition of raw messages that the seed has seen (-1 for
    none), ``last`` a digest of the record there, by which the topic is known again. ``ends`` are
    the ends of the topics that stages write, taken afterwards.
    """

    topology: str
    source: str
    partitions: int
    cut: dict[str, int]
    last: dict[str, str]
    ends: dict[str, dict[str, int]]
    taken_at: str
    version: str = __version__

    def save(self, folder: Path) -> None:
        """Write it; what has no such file is no whole snapshot."""
        (folder / NAME).write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))


def open_snapshot(folder: Path) -> Snapshot:
    """The snapshot in a folder.

    Raises:
        InputError: there is none, or it is of another release.
    """
    try:
        found = orjson.loads((folder / NAME).read_bytes())
        snapshot = Snapshot(**found)
    except (OSError, orjson.JSONDecodeError, TypeError) as error:
        raise InputError(f"{folder} is no snapshot; make one with `snapshot`") from error
    if snapshot.version != __version__:
        raise InputError(
            f"{folder} is a snapshot of release {snapshot.version}, this is {__version__}; take a "
            "new one"
        )
    return snapshot


def belongs(snapshot: Snapshot, source: Recorded, raw: str, extents: Mapping[int, range]) -> bool:
    """Whether a source holds the raw messages that a snapshot was made from."""
    if {str(number) for number in extents} != snapshot.cut.keys():
        return False
    for number, extent in extents.items():
        at = snapshot.cut[str(number)]
        # What retention has cut meanwhile cannot be compared.
        last = snapshot.last[str(number)]
        if extent.stop <= at or (
            at in extent and _digest(_record(source, raw, number, at)) != last
        ):
            return False
    return True


def _record(source: Recorded, raw: str, partition: int, offset: int) -> list[Record]:
    """The record at an offset, if there is one."""
    if offset < 0:
        return []
    found = source.read(raw, {partition: range(offset, offset + 1)})
    return [record for _, records in found for record in records]


def _digest(records: Sequence[Record]) -> str:
    """A digest of the first record, empty for none."""
    return xxhash.xxh3_128_hexdigest(records[0].value) if records else ""


def state_directory(folder: Path, stage: str, partition: int) -> Path:
    """Where a snapshot keeps the committed state of a stage's partition."""
    return folder / f"{stage}-{partition}"


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A new folder, which is there only if nothing fails.

    Raises:
        InputError: there is something in it already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} holds something; name a new folder for the snapshot")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def snapshot_directory(source: Path, topology: Topology, folder: Path) -> Snapshot:
    """Set the state of an embedded engine's directory aside, which nothing may be using.

    Raises:
        InputError: it is in use, or messages are under way in it.
    """
    database = Database(source, create=False)
    try:
        with new_folder(folder), _seed(folder) as seed:
            states = {
                stage.name: PartitionState(database, stage.name, 0, stage.tables)
                for stage, _ in topology.stages
            }
            logs = Logs(database, {})
            for stage, topic in topology.stages:
                if states[stage.name].progress.applied < logs.partition(topic, 0).end - 1:
                    raise InputError(
                        f"{source}: messages are under way; let `run` or `serve` finish them first"
                    )
                if stage is not topology.stages[-1][0]:
                    merge(seed, stage, states[stage.name])
            first, raw = topology.stages[0]
            at = states[first.name].progress.applied
            last = _digest(logs.partition(raw, 0).read(at) if at >= 0 else [])
            taken = Snapshot(topology.name, str(source), 1, {"0": at}, {"0": last}, {}, _now())
            taken.save(folder)
    finally:
        database.close()
    return taken


def snapshot_topics(connection: Connection, topology: Topology, folder: Path) -> Snapshot:
    """Set aside what workers have committed; they may go on meanwhile.

    Raises:
        InputError: topics are missing, or workers have stopped in the middle.
        BrokerError: a broker does not answer.
    """
    partitions = topics.check(connection, topology)
    with new_folder(folder):
        replicas = _open_replicas(topology, partitions, folder)
        try:
            asyncio.run(_copy(connection, topology, replicas))
            cut = _progress(topology.stages[0][0], replicas)
        finally:
            for replica in replicas.values():
                replica.close()
        with RecordedTopics(connection) as recorded:
            _build_seed(recorded, topology, partitions, folder, cut)
            written = {name for names in topology.writes.values() for name in names}
            ends = {
                name: {str(n): extent.stop for n, extent in recorded.extents(name).items()}
                for name in sorted(written)
            }
            raw = topology.stages[0][1]
            last = {str(n): _digest(_record(recorded, raw, n, end)) for n, end in cut.items()}
        applied = {str(number): end for number, end in cut.items()}
        taken = Snapshot(topology.name, connection.servers, partitions, applied, last, ends, _now())
        taken.save(folder)
    return taken


_Replicas = Mapping[tuple[str, int], Replica]


def _open_replicas(topology: Topology, partitions: int, folder: Path) -> _Replicas:
    memory = Memory()
    return {
        (stage.name, number): Replica(
            state_directory(folder, stage.name, number), stage.name, number, stage.tables, memory
        )
        for stage, _ in topology.stages
        for number in range(partitions)
    }


async def _copy(connection: Connection, topology: Topology, replicas: _Replicas) -> None:
    """Copy later stages first, then the first one until it has committed what they have seen."""
    reader = ChangelogReader(connection)
    await reader.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        first, *later = [stage for stage, _ in topology.stages]
        for stage in later:
            await copy_committed(reader, _of(topology, stage, replicas))
        while True:
            await copy_committed(reader, _of(topology, first, replicas))
            if not _ahead(topology, replicas):
                return
            if time.monotonic() > deadline:
                raise InputError(
                    f"{first.name} has not committed what later stages have seen: workers have "
                    "stopped in the middle; start them, and take the snapshot again"
                )
            await asyncio.sleep(0.5)
    finally:
        await reader.stop()


def _of(topology: Topology, stage: Stage, replicas: _Replicas) -> dict[TopicPartition, Replica]:
    name = topics.changelog_topic(topology, stage)
    return {
        TopicPartition(name, number): replica
        for (owner, number), replica in replicas.items()
        if owner == stage.name
    }


def _ahead(topology: Topology, replicas: _Replicas) -> bool:
    """Whether a later stage has seen rows of messages that the first one has not committed."""
    first, raw = topology.stages[0]
    committed = {f"{raw}/{n}": end for n, end in _progress(first, replicas).items()}
    return any(
        mark > committed.get(sender, mark)
        for replica in replicas.values()
        for sender, mark in _meta(replica).get("marks", {}).items()
    )


def _progress(stage: Stage, replicas: _Replicas) -> dict[int, int]:
    """Last input offset of each partition of a stage."""
    return {
        number: int(_meta(replica).get("applied", -1))
        for (owner, number), replica in replicas.items()
        if owner == stage.name
    }


def _meta(replica: Replica) -> dict[str, Any]:
    progress: dict[str, Any] = replica.meta.get("progress", {})
    return progress


def _build_seed(
    recorded: RecordedTopics,
    topology: Topology,
    partitions: int,
    folder: Path,
    cut: Mapping[int, int],
) -> None:
    """Bring all stages to the same cut through the raw messages, and put their partitions together.

    What stands in the topics between the stages up to there is applied to a copy of the state.
    """
    raw = topology.stages[0][1]
    senders = {f"{raw}/{number}": end for number, end in cut.items()}
    with _seed(folder) as seed:
        # The last stage only keeps what is on its way, which a seed leaves out.
        for stage, topic in topology.stages[:-1]:
            for number in range(partitions):
                scratch = folder / "scratch"
                shutil.copytree(state_directory(folder, stage.name, number), scratch)
                database = Database(scratch)
                state = PartitionState(database, stage.name, number, stage.tables)
                if stage.framed:
                    extent = recorded.extent(topic, number)
                    left = {number: range(state.progress.applied + 1, extent.stop)}
                    records = recorded.read(topic, left)
                    roll_forward(topology, stage, topic, database, state, records, senders)
                merge(seed, stage, state)
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
