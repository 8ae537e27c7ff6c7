"""Switches verdict writing from one state version to another."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson

from detection_stream.errors import InputError
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.frames import encode_control
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.outputs import Outputs
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.runtime.topology import Topology

TAKEOVERS = "takeovers"
MAX_BEHIND = 5_000
"""Maximum lag in raw messages of a version that takes over; it writes no earlier ones."""
MAX_ANSWER_SECONDS = 60.0
"""Time limit for the new version's workers to announce their first offset."""


def take_over(connection: Connection, blueprint: Blueprint) -> dict[int, int]:
    """Let a version write; returns its first raw offset in each partition.

    Each of its partitions announces a first offset; other versions write up to it. A message that
    an earlier version decided beyond that exists twice, none is missing. Repeating the
    call is safe.

    Raises:
        InputError: topics are missing, the version lags too far, or its workers do not answer.
    """
    new, version = blueprint.topology(), blueprint.version
    partitions = topics.check(connection, new)
    with RecordedTopics(connection) as recorded:
        _check_progress(recorded, new, partitions)
        name = new.topic(TAKEOVERS).name
        others = {1, *(int(found["state_version"]) for found in _said(recorded, name))} - {version}
        identity = uuid4().hex
        outputs = Outputs(connection, "detection-stream-takeover")
        begin = encode_control({"write": "begin", "id": identity})
        _tell(outputs, new, dict.fromkeys(range(partitions), begin))
        first = _wait(recorded, name, identity, partitions, version)
        ends = {n: encode_control({"write": "end", "at": at}) for n, at in first.items()}
        there = topics.partition_counts(connection)
        for other in (replace(blueprint, version=n).topology() for n in sorted(others)):
            if other.writer(TAKEOVERS).reads.name in there:
                _tell(outputs, other, ends)
        outputs.close()
    return first


def writer(connection: Connection, topology: Topology) -> int:
    """The state version that took over last; 1 if none has."""
    name = topology.topic(TAKEOVERS).name
    if name not in topics.partition_counts(connection):
        return 1
    with RecordedTopics(connection) as recorded:
        said = _said(recorded, name)
    return int(said[-1]["state_version"]) if said else 1


def _check_progress(recorded: RecordedTopics, new: Topology, partitions: int) -> None:
    behind = sum(_behind(recorded, new, source.name, partitions) for source in new.sources)
    if behind > MAX_BEHIND:
        raise InputError(
            f"version {new.version} is {behind:,} messages behind; let its workers catch up, then "
            "run the command again"
        )


def _behind(recorded: RecordedTopics, new: Topology, raw: str, partitions: int) -> int:
    """Records of a source that the version has not committed."""
    committed = recorded.committed(new.group, raw, partitions)
    extents = [recorded.extent(raw, number) for number in range(partitions)]
    if any(extent and at < 0 for extent, at in zip(extents, committed, strict=True)):
        raise InputError(
            f"version {new.version} has not read all partitions of {raw}; start its workers, then "
            "run the command again"
        )
    return sum(
        extent.stop - max(at, extent.start) for extent, at in zip(extents, committed, strict=True)
    )


def _said(recorded: RecordedTopics, name: str) -> list[dict[str, Any]]:
    found = recorded.read(name, recorded.extents(name))
    said = [_takeover(record.value) for _, records in found for record in records]
    return [takeover for takeover in said if takeover]


def _takeover(value: bytes) -> dict[str, Any]:
    """A decision stage's announcement; None for other records."""
    try:
        found = orjson.loads(value)
        kept = {name: int(found[name]) for name in ("state_version", "partition", "from")}
        return {"id": str(found["id"]), **kept}
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return {}


def _tell(outputs: Outputs, topology: Topology, controls: dict[int, bytes]) -> None:
    topic = topology.writer(TAKEOVERS).reads.name
    for partition, value in controls.items():
        outputs.send(topic, partition, None, value, int(time.time() * 1_000))
    outputs.confirm_all()


def _wait(
    recorded: RecordedTopics, name: str, identity: str, partitions: int, version: int
) -> dict[int, int]:
    deadline = time.monotonic() + MAX_ANSWER_SECONDS
    while True:
        first = {
            int(found["partition"]): int(found["from"])
            for found in _said(recorded, name)
            if found["id"] == identity
        }
        if len(first) == partitions:
            return dict(sorted(first.items()))
        if time.monotonic() > deadline:
            raise InputError(
                f"workers of version {version} answered for {len(first)} of {partitions} "
                "partitions only; make sure they run, then repeat the command; until then all "
                "versions write"
            )
        time.sleep(0.2)
