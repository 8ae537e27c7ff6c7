"""Verifies a whole topology, with its partitions split over several processes."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from detection_stream.errors import InputError
from detection_stream.replay.rerun import Share
from detection_stream.replay.snapshot import Snapshot, open_snapshot
from detection_stream.replay.verify import Findings, verify
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.kafka import tenants, topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.topology import Topology


def verify_topology(
    connection: Connection, blueprint: Blueprint, processes: int, snapshot: Path | None = None
) -> list[Findings]:
    """Findings per stage, in flow order, starting from a snapshot if given.

    Raises:
        InputError: topics are missing, have expired, or hold nothing to compare.
    """
    flow = blueprint.topology()
    partitions = topics.check(connection, flow)
    if not blueprint.keys and flow.has_topic(tenants.TOPIC) and tenants.kept(connection, flow):
        raise InputError(
            f"{connection.servers} has signed tenant profiles or people, which cannot be verified "
            "without the key; pass --operator-key FILE, the workers' own"
        )
    if snapshot is not None:
        _check(snapshot, open_snapshot(snapshot), flow, partitions)
    groups = [tuple(range(partitions))[start::processes] for start in range(processes)]
    shares = [
        Share(connection, blueprint, node.name, partitions, numbers, snapshot)
        for node in flow.stages
        for numbers in groups
        if numbers
    ]
    found = {node.name: Findings(node.name) for node in flow.stages}
    for part in _each(shares, processes):
        found[part.stage].add(part)
    if not any(part.compared or part.different for part in found.values()):
        raise InputError(
            f"the topics on {connection.servers} hold nothing to compare: no worker has written "
            "to them; check --broker and --prefix"
        )
    return list(found.values())


def _check(folder: Path, snapshot: Snapshot, flow: Topology, partitions: int) -> None:
    if not snapshot.ends:
        raise InputError(f"{folder} is from an embedded engine, which has no marks to verify")
    written = {topic.name for node in flow.stages for topic in node.writes}
    here = (flow.versioned_name, partitions)
    if (snapshot.topology, snapshot.partitions) != here or snapshot.ends.keys() != written:
        raise InputError(
            f"{folder} is from {snapshot.topology} with {snapshot.partitions} partitions and the "
            f"topics {', '.join(snapshot.ends)}; check --prefix, --topology and --broker"
        )


def _each(shares: list[Share], processes: int) -> Iterable[Findings]:
    if processes == 1:
        yield from map(verify, shares)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(verify, shares)
