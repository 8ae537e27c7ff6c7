"""Lets one version of the state write verdicts in place of another one."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson

from detection_stream.errors import InputError
from detection_stream.runtime.frames import encode_control
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.outputs import Outputs
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.runtime.topology import Blueprint, Topology

TAKEOVERS = "takeovers"
MAX_BEHIND = 5_000
"""Raw messages that a version may be behind when it takes over; it writes no earlier ones."""
ANSWER_SECONDS = 60.0
"""Time within which workers of the new version have to say from where on they write."""


def take_over(connection: Connection, blueprint: Blueprint) -> dict[int, int]:
    """Let a version write; returns the first raw offset that it writes of each partition.

    It says for each partition from where on it writes; up to there the others go on. A message that
    an earlier version has decided beyond that is there twice, none is missing. Giving the same
    again is safe.

    Raises:
        InputError: topics are missing, the version is far behind, or its workers do not answer.
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
    """The version of the state that took over last; the first if none has."""
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
            "give the command again"
        )


def _behind(recorded: RecordedTopics, new: Topology, raw: str, partitions: int) -> int:
    """Records of a source that the version has not committed."""
    committed = recorded.committed(new.group, raw, partitions)
    extents = [recorded.extent(raw, number) for number in range(partitions)]
    if any(extent and at < 0 for extent, at in zip(extents, committed, strict=True)):
        raise InputError(
            f"version {new.version} has not read all partitions of {raw}; start its workers, then "
            "give the command again"
        )
    return sum(
        extent.stop - max(at, extent.start) for extent, at in zip(extents, committed, strict=True)
    )


def _said(recorded: RecordedTopics, name: str) -> list[dict[str, Any]]:
    found = recorded.read(name, recorded.extents(name))
    said = [_takeover(record.value) for _, records in found for record in records]
    return [takeover for takeover in said if takeover]


def _takeover(value: bytes) -> dict[str, Any]:
    """What a decision stage has said; nothing for what is no such record."""
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
    deadline = time.monotonic() + ANSWER_SECONDS
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
                "partitions only; see that they run, then give the command again: until then all "
                "versions write"
            )
        time.sleep(0.2)
