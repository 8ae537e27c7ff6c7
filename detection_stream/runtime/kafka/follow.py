"""Reads a topic for users and scripts, outside any group."""

from __future__ import annotations

import time
from collections.abc import Iterator

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, TopicPartition

from detection_stream.errors import BrokerError
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.topics import partitions_of

POLL_SECONDS = 0.02
"""Poll time; the client waits this long whenever fewer records arrive."""
MAX_RECORDS = 1_000


def follow(
    connection: Connection, topic: str, from_beginning: bool, idle_seconds: float | None
) -> Iterator[bytes]:
    """Values of a topic over all partitions, forever or until none came for ``idle`` seconds.

    Raises:
        TopicError: the topic does not exist.
        BrokerError: no broker answers.
    """
    count = partitions_of(connection, topic)
    consumer = Consumer(
        {
            **connection.confluent(),
            "group.id": "detection-stream-tail",
            "enable.auto.commit": False,
        }
    )
    offset = OFFSET_BEGINNING if from_beginning else OFFSET_END
    try:
        consumer.assign([TopicPartition(topic, number, offset) for number in range(count)])
        moved_at = time.monotonic()
        while idle_seconds is None or time.monotonic() - moved_at < idle_seconds:
            for message in consumer.consume(MAX_RECORDS, POLL_SECONDS):
                if error := message.error():
                    raise BrokerError(f"{topic}: {error.str()}")
                moved_at = time.monotonic()
                yield message.value() or b""
    except KafkaException as error:
        raise BrokerError(f"{topic}: {error.args[0].str()}") from error
    finally:
        consumer.close()
