"""The checks behind ``doctor``."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined] # not listed by its stubs
    AclOperation,
    OffsetSpec,
)

from detection_stream.errors import TopicError
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.topology import Topology

MIN_FREE_BYTES = 2 << 30
"""Free disk space below which a data directory is too full."""
MAX_ANSWER_SECONDS = 1.0
"""Broker response time above which checkpoints suffer."""
LIBRARIES = ("faust-streaming", "aiokafka", "confluent-kafka", "rocksdict")


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, what was found, and how to fix it (None if fine)."""

    what: str
    found: str
    mend: str | None = None


def check_all(connection: Connection, topology: Topology, data: Path) -> Iterator[Check]:
    """Run every check in turn; skips those that depend on a failed one.

    Raises:
        BrokerError: no broker answers.
    """
    yield Check("libraries", ", ".join(f"{name} {version(name)}" for name in LIBRARIES))
    yield _disk(data)
    begin = time.monotonic()
    counts = topics.partition_counts(connection)
    seconds = time.monotonic() - begin
    slow = "the network or the broker is slow; checkpoints wait for it"
    yield Check(
        "broker",
        f"{connection.servers} answers in {seconds * 1_000:.0f} ms over {connection.protocol}",
        slow if seconds > MAX_ANSWER_SECONDS else None,
    )
    try:
        partitions = topics.check(connection, topology)
    except TopicError as error:
        yield Check("topics", f"{len(counts)} on the broker", str(error))
        return
    wanted = [topic.name for topic in topics.wanted_topics(topology)]
    yield Check("topics", f"{len(wanted)} with {partitions} partitions each")
    yield from _described(connection, wanted)
    inputs = [node.reads.name for node in topology.stages]
    yield from _lag(connection, inputs, partitions, topology.group)


def _disk(data: Path) -> Check:
    directory = next(path for path in (data, *data.absolute().parents) if path.exists())
    free = shutil.disk_usage(directory).free
    return Check(
        "disk",
        f"{free / (1 << 30):.1f} GiB free for {data}",
        None if free > MIN_FREE_BYTES else "free some space or use another --data",
    )


def _described(connection: Connection, names: list[str]) -> Iterator[Check]:
    futures = topics.admin(connection).describe_topics(
        TopicCollection(names), include_authorized_operations=True, request_timeout=30
    )
    described = {name: future.result() for name, future in futures.items()}
    if any(topics.has_no_id(topic.topic_id) for topic in described.values()):
        yield Check("version", "the broker has no topic ids", topics.TOO_OLD)
    else:
        yield Check("version", f"Kafka {topics.MIN_BROKER_VERSION} or later")
    copies = min(len(p.replicas) for topic in described.values() for p in topic.partitions)
    behind = [
        f"{name}/{p.id}"
        for name, topic in described.items()
        for p in topic.partitions
        if len(p.isr) < len(p.replicas)
    ]
    mend = f"replicas are lagging: {', '.join(behind[:5])}; check the brokers" if behind else None
    yield Check("replicas", f"at least {copies} of every partition", mend)
    needed = {AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE}
    lacking = [
        name
        for name, topic in described.items()
        if topic.authorized_operations and not needed <= set(topic.authorized_operations)
    ]
    mend = f"grant READ, WRITE and DESCRIBE on {', '.join(lacking)}" if lacking else None
    yield Check("permissions", "read, write, describe", mend)


def _lag(connection: Connection, inputs: list[str], partitions: int, group: str) -> Iterator[Check]:
    admin = topics.admin(connection)
    wanted = [TopicPartition(topic, number) for topic in inputs for number in range(partitions)]
    try:
        request = [ConsumerGroupTopicPartitions(group)]
        found = admin.list_consumer_group_offsets(request)[group].result()
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # of a compiled module
        ends = admin.list_offsets(dict.fromkeys(wanted, latest))
        committed = {(tp.topic, tp.partition): tp.offset for tp in found.topic_partitions}
        for topic in inputs:
            lag = sum(
                future.result().offset - max(committed.get((tp.topic, tp.partition), 0), 0)
                for tp, future in ends.items()
                if tp.topic == topic
            )
            yield Check("lag", f"{topic}: {lag:,} records not committed by {group}")
    except KafkaException as error:
        yield Check("lag", "unknown", f"{error.args[0].str()}; grant DESCRIBE on {group}")
