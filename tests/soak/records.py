"""Reads whole topics for the verifier: plain clients, no engine code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

IDLE_POLLS = 20


def read(broker: str, topic: str) -> Iterator[Any]:
    """Every committed record of a topic, each partition in order."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "verifier",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
        }
    )
    count = len(consumer.list_topics(topic, timeout=10).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(count)])
    open_ones = set(range(count))
    try:
        while open_ones:
            for message in consumer.consume(5_000, 1.0):
                error = message.error()
                if error is None:
                    yield message
                elif error.name() == "_PARTITION_EOF":
                    open_ones.discard(message.partition())
                else:
                    raise RuntimeError(f"{topic}: {error}")
    finally:
        consumer.close()


Row = tuple[str, str, int, dict[str, Any]]
"""Sender, level, input offset and columns of one row of a frame."""


def rows_of(value: bytes) -> Iterator[Row]:
    """The rows of a frame; none for a tick."""
    frame = orjson.loads(value)
    for block in frame.get("blocks", ()):
        columns = block["columns"]
        names = list(columns)
        for values in zip(*columns.values(), strict=True):
            row = dict(zip(names, values, strict=True))
            yield frame["sender"], block["level"], row["input"], row
