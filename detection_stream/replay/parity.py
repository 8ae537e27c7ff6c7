"""Verifies a whole topology, its partitions shared by several processes."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from detection_stream.errors import InputError
from detection_stream.replay.rerun import Share
from detection_stream.replay.verify import Findings, verify
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from topologies import TOPOLOGIES


def verify_topology(
    connection: Connection, prefix: str, name: str, processes: int
) -> list[Findings]:
    """What was found of each stage, in order of the flow.

    Raises:
        InputError: topics are missing, cut by retention, or hold nothing to compare.
    """
    flow = TOPOLOGIES[name](1, prefix)
    partitions = topics.check(connection, flow)
    groups = [tuple(range(partitions))[start::processes] for start in range(processes)]
    shares = [
        Share(connection, prefix, name, stage.name, partitions, numbers)
        for stage, _ in flow.stages
        for numbers in groups
        if numbers
    ]
    found = {stage.name: Findings(stage.name) for stage, _ in flow.stages}
    for part in _each(shares, processes):
        found[part.stage].add(part)
    if not any(part.compared or part.different for part in found.values()):
        raise InputError(
            f"the topics on {connection.servers} hold nothing to compare: no worker has written "
            "to them; check --broker and --prefix"
        )
    return list(found.values())


def _each(shares: list[Share], processes: int) -> Iterable[Findings]:
    if processes == 1:
        yield from map(verify, shares)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(verify, shares)
