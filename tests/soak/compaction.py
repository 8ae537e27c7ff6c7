"""How much of a topic compaction has removed."""

from __future__ import annotations

from confluent_kafka import Consumer, TopicPartition

from tests.soak.records import read

COMPACT_OFTEN = {
    "segment.bytes": "1048576",
    "segment.ms": "15000",
    "min.cleanable.dirty.ratio": "0.01",
}
"""The broker compacts only closed segments: make them close soon and compact at once."""


def written_and_left(broker: str, topic: str) -> tuple[int, int]:
    """Offsets that a topic has given out, and records that compaction has left of them.

    Each transaction takes an offset too, so the first is a little above the records written.
    """
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "verifier"})
    try:
        numbers = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        places = [TopicPartition(topic, number) for number in numbers]
        written = sum(consumer.get_watermark_offsets(place, timeout=10)[1] for place in places)
    finally:
        consumer.close()
    return written, sum(1 for _ in read(broker, topic))
