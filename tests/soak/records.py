"""Reads whole topics for the verifier: plain clients, no engine code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Frame:
    """One frame: its sender, the range of inputs it covers, and its rows."""

    sender: str
    start: int
    end: int
    rows: list[tuple[str, int, dict[str, Any]]]
    """Level, input offset and columns of each."""


def frame_of(value: bytes) -> Frame | None:
    """The frame in a record; None for a tick or a control."""
    frame = orjson.loads(value)
    if frame["type"] != "rows":
        return None
    rows = []
    for block in frame["blocks"]:
        columns = block["columns"]
        names = list(columns)
        for values in zip(*columns.values(), strict=True):
            row = dict(zip(names, values, strict=True))
            rows.append((block["level"], row["input"], row))
    return Frame(frame["sender"], frame["from"], frame["to"], rows)
