"""Reads whole partitions of topics, outside any consumer group."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined] # not listed there

from detection_stream.errors import BrokerError
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.topics import admin, partitions_of
from detection_stream.runtime.records import Record

MAX_READ_RECORDS = 1_000
POLL_SECONDS = 0.02
"""Poll time; the client waits this long whenever fewer records arrive."""
FETCH_WAIT_MS = 10
"""Milliseconds that a broker may delay a fetch: the records already exist, and the next
read must wait for a pending fetch."""
MAX_SILENCE_SECONDS = 30.0
"""Seconds without an expected record after which reading fails."""
MAX_ANSWER_SECONDS = 15.0
GROUP = "detection-stream-replay"
"""Consumer group name; no offset is ever committed."""

_BOTH_ENDS = (OffsetSpec.earliest(), OffsetSpec.latest())  # type: ignore[no-untyped-call] # theirs


class RecordedTopics:
    """Reads topics of a broker; use it as a context manager.

    Raises:
        BrokerError: a broker does not answer.
    """

    def __init__(self, connection: Connection) -> None:
        self.name = connection.servers
        self._connection = connection
        self._consumer = Consumer(
            {
                **connection.confluent(),
                "group.id": GROUP,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": FETCH_WAIT_MS,
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def extents(self, topic: str) -> dict[int, range]:
        """The current offset range of each partition of a topic.

        Raises:
            TopicError: the topic does not exist.
        """
        count = partitions_of(self._connection, topic)
        found = self.extents_of([(topic, number) for number in range(count)])
        return {number: extent for (_, number), extent in found.items()}

    def extents_of(self, partitions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], range]:
        """The current offset ranges of (topic, partition) pairs, in one request."""
        wanted = [TopicPartition(*place) for place in partitions]
        if not wanted:
            return {}
        asked = [
            admin(self._connection).list_offsets(
                dict.fromkeys(wanted, spec), request_timeout=MAX_ANSWER_SECONDS
            )
            for spec in _BOTH_ENDS
        ]
        found = {}
        for tp in wanted:
            try:
                start, stop = (answers[tp].result(MAX_ANSWER_SECONDS).offset for answers in asked)
            except KafkaException as error:
                raise BrokerError(f"{tp.topic}/{tp.partition}: {error.args[0].str()}") from error
            found[tp.topic, tp.partition] = range(start, stop)
        return found

    def extent(self, topic: str, partition: int) -> range:
        """The current offset range of a partition."""
        return self.extents_of([(topic, partition)])[topic, partition]

    def offset_at(self, topic: str, partition: int, at: int) -> int:
        """Offset of the first record from a time (milliseconds since 1970); the end if none."""
        asked = TopicPartition(topic, partition, at)
        try:
            (found,) = self._consumer.offsets_for_times([asked], timeout=MAX_ANSWER_SECONDS)
        except KafkaException as error:
            raise BrokerError(f"{topic}/{partition}: {error.args[0].str()}") from error
        return found.offset if found.offset >= 0 else self.extent(topic, partition).stop

    def read(self, topic: str, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records in these offset ranges as they arrive: partition and some of its records."""
        left = {number: extent for number, extent in extents.items() if extent}
        self._consumer.assign(
            [TopicPartition(topic, number, extent.start) for number, extent in left.items()]
        )
        moved_at = time.monotonic()
        while left:
            found: dict[int, list[Record]] = {}
            for message in self._consumer.consume(MAX_READ_RECORDS, POLL_SECONDS):
                moved_at = time.monotonic()
                number, offset = message.partition(), message.offset() or 0
                error = message.error()
                if error and error.code() != KafkaError._PARTITION_EOF:
                    raise BrokerError(f"{topic}: {error.str()}")
                if number not in left:
                    continue
                if not error and offset in left[number]:
                    found.setdefault(number, []).append(_record(message))
                if error or offset >= left[number].stop - 1:
                    del left[number]
            yield from found.items()
            if time.monotonic() - moved_at > MAX_SILENCE_SECONDS:
                raise BrokerError(f"{topic}: no records for {MAX_SILENCE_SECONDS:.0f} s")
        self._consumer.unassign()

    def committed(self, group: str, topic: str, partitions: int) -> list[int]:
        """Committed offset of a group for each partition, -1001 if none."""
        consumer = Consumer(
            {**self._connection.confluent(), "group.id": group, "enable.auto.commit": False}
        )
        try:
            assigned = [TopicPartition(topic, number) for number in range(partitions)]
            return [p.offset for p in consumer.committed(assigned, timeout=MAX_ANSWER_SECONDS)]
        except KafkaException as error:
            raise BrokerError(f"group {group}: {error.args[0].str()}") from error
        finally:
            consumer.close()


def _record(message: Any) -> Record:
    at = message.timestamp()[1]
    headers = dict(message.headers() or ())
    return Record(message.offset(), at, message.key(), message.value() or b"", headers)
