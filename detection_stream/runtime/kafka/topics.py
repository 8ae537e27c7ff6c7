"""Creates and checks the topics of a topology."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from detection_stream.errors import BrokerError, TopicError
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.owned import Identity
from detection_stream.runtime.kafka.replica import TOMBSTONE_SECONDS
from detection_stream.runtime.topic import DAY
from detection_stream.runtime.topology import Topology

INTERNAL_SECONDS = 2 * DAY
"""How long frames are kept: long enough to repair a stage and to verify."""
MAX_RAW_BYTES = 60 << 20
"""Maximum record: a message of 50 MiB plus headers."""
MAX_CHANGELOG_RECORD_BYTES = 16 << 20
SEGMENT_BYTES = 256 << 20
MAX_ADMIN_SECONDS = 10
MIN_BROKER_VERSION = "2.8"
"""The oldest Kafka with topic ids, which reveal a re-created topic."""
TOO_OLD = f"the broker is older than Kafka {MIN_BROKER_VERSION}; upgrade it"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as it should be; ``config`` holds settings of the broker."""

    name: str
    config: dict[str, str]
    description: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do on a broker: topics to create, and topics that exist."""

    create: list[Wanted]
    existing: list[str]


@cache
def admin(connection: Connection) -> AdminClient:
    """The one admin client of a connection.

    It lives as long as the process: the client's thread may still hold a request
    after the answer, and must not be the one to free it.
    """

    def note(error: KafkaError) -> None:
        # "All brokers down" follows every error; it is not a cause.
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            _complaints[connection] = error.str()

    settings: dict[str, Any] = {**connection.confluent(), "error_cb": note}
    return AdminClient(settings)


_complaints: dict[Connection, str] = {}
"""The client's last connection error; a request only reports a timeout."""


def wanted_topics(topology: Topology) -> list[Wanted]:
    """Every topic of a topology, changelogs included."""
    topics = [
        Wanted(
            topic.name,
            {
                "cleanup.policy": "compact" if topic.compacted else "delete",
                # Retention counts from the append: mail may be decades older.
                "message.timestamp.type": "LogAppendTime",
                "retention.ms": str((topic.retention.seconds or INTERNAL_SECONDS) * 1_000),
                "max.message.bytes": str(MAX_RAW_BYTES),
            },
            topic.description,
        )
        for topic in topology.topics
    ]
    changelogs = [
        Wanted(
            node.changelog,
            {
                "cleanup.policy": "compact",
                "delete.retention.ms": str(TOMBSTONE_SECONDS * 1_000),
                "segment.bytes": str(SEGMENT_BYTES),
                "max.message.bytes": str(MAX_CHANGELOG_RECORD_BYTES),
            },
            f"the state of the {node.name} stage",
        )
        for node in topology.stages
    ]
    return topics + changelogs


def plan(connection: Connection, topology: Topology, partitions: int) -> Plan:
    """Compare a broker's topics with a topology's.

    Raises:
        BrokerError: no broker answers.
        TopicError: a topic exists with another partition count.
    """
    found = partition_counts(connection)
    create, existing = [], []
    for topic in wanted_topics(topology):
        count = found.get(topic.name)
        if count is None:
            create.append(topic)
        elif count != partitions:
            raise TopicError(
                f"{topic.name} has {count} partitions, not {partitions}: state depends on the "
                f"partition count, so it cannot change. Use --partitions {count}, or start "
                "over with another --prefix"
            )
        else:
            existing.append(topic.name)
    return Plan(create, existing)


def create(connection: Connection, topics: list[Wanted], partitions: int, replicas: int) -> None:
    """Create topics; ones created meanwhile are left unchanged.

    Raises:
        TopicError: the broker refuses.
    """
    if not topics:
        return
    news = [NewTopic(t.name, partitions, replicas, config=t.config) for t in topics]
    made = admin(connection).create_topics(news, operation_timeout=MAX_ADMIN_SECONDS)
    for name, future in made.items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise TopicError(f"{name} cannot be created: {error.args[0].str()}") from error


def partition_counts(connection: Connection) -> dict[str, int]:
    """Partition count of every topic on a broker.

    Raises:
        BrokerError: no broker answers.
    """
    try:
        metadata = admin(connection).list_topics(timeout=MAX_ADMIN_SECONDS)
    except KafkaException as error:
        admin(connection).poll(0)
        reason = _complaints.get(connection, error.args[0].str())
        raise BrokerError(
            f"{connection.servers}: no broker answers ({reason}); check the address, and "
            "DETECTION_STREAM_KAFKA_* if it requires TLS or SASL"
        ) from error
    return {name: len(topic.partitions) for name, topic in metadata.topics.items()}


def partitions_of(connection: Connection, topic: str) -> int:
    """Number of partitions of a topic.

    Raises:
        BrokerError: no broker answers.
        TopicError: the topic does not exist.
    """
    count = partition_counts(connection).get(topic)
    if not count:
        raise TopicError(
            f"{topic} is not on {connection.servers}; check --prefix, or create the topics with "
            f"`detection-stream topics create --broker {connection.servers}`"
        )
    return count


def check(connection: Connection, topology: Topology) -> int:
    """The common partition count of a topology's topics.

    Raises:
        TopicError: a topic is missing, or their partition counts differ.
    """
    found = partition_counts(connection)
    wanted = [topic.name for topic in wanted_topics(topology)]
    if missing := [name for name in wanted if name not in found]:
        raise TopicError(
            f"missing on {connection.servers}: {', '.join(missing)}; create them with "
            f"`detection-stream topics create --broker {connection.servers}`"
        )
    counts = {name: found[name] for name in wanted}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        raise TopicError(
            f"topics have different partition counts: {listed}; all must be equal. Remove "
            "and re-create them, or use another --prefix"
        )
    return next(iter(counts.values()))


def describe(connection: Connection, names: list[str]) -> dict[str, Identity]:
    """Id and partition count of topics, which identify a state's input."""
    futures: dict[str, Any] = admin(connection).describe_topics(
        TopicCollection(names), request_timeout=MAX_ADMIN_SECONDS
    )
    try:
        found = {name: future.result() for name, future in futures.items()}
    except KafkaException as error:
        raise BrokerError(f"topics cannot be described: {error.args[0].str()}") from error
    if any(has_no_id(topic.topic_id) for topic in found.values()):
        raise BrokerError(f"{connection.servers}: {TOO_OLD}")
    return {
        name: Identity(str(topic.topic_id), len(topic.partitions)) for name, topic in found.items()
    }


def has_no_id(topic_id: Any) -> bool:
    """Whether this is the placeholder id of brokers without topic ids."""
    bits = topic_id.get_most_significant_bits(), topic_id.get_least_significant_bits()
    return bits == (0, 0)
