"""Topics as they stand: whole partitions, read outside of any group that works on them."""

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

READ_RECORDS = 1_000
POLL_SECONDS = 0.02
"""Seconds that a read waits; the client uses them up whenever fewer records come."""
FETCH_WAIT_MS = 10
"""Milliseconds that a broker may hold a fetch back: what is read is there already, and the next
read has to wait for a fetch that is under way."""
SILENCE_SECONDS = 30.0
"""Seconds without a record, though there should be more, after which reading is given up."""
ANSWER_SECONDS = 15.0
GROUP = "detection-stream-replay"
"""No offset is ever committed under this name."""

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
        """The offsets that each partition of a topic holds now.

        Raises:
            TopicError: the topic is not there.
        """
        count = partitions_of(self._connection, topic)
        found = self.extents_of([(topic, number) for number in range(count)])
        return {number: extent for (_, number), extent in found.items()}

    def extents_of(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], range]:
        """The offsets that partitions, topic and number of each, hold now; asked for at once."""
        wanted = [TopicPartition(*place) for place in places]
        if not wanted:
            return {}
        asked = [
            admin(self._connection).list_offsets(
                dict.fromkeys(wanted, spec), request_timeout=ANSWER_SECONDS
            )
            for spec in _BOTH_ENDS
        ]
        found = {}
        for tp in wanted:
            try:
                start, stop = (answers[tp].result(ANSWER_SECONDS).offset for answers in asked)
            except KafkaException as error:
                raise BrokerError(f"{tp.topic}/{tp.partition}: {error.args[0].str()}") from error
            found[tp.topic, tp.partition] = range(start, stop)
        return found

    def extent(self, topic: str, partition: int) -> range:
        """The offsets that a partition holds now."""
        return self.extents_of([(topic, partition)])[topic, partition]

    def offset_at(self, topic: str, partition: int, at: int) -> int:
        """Offset of the first record from a time on (milliseconds since 1970); the end for none."""
        place = TopicPartition(topic, partition, at)
        try:
            (found,) = self._consumer.offsets_for_times([place], timeout=ANSWER_SECONDS)
        except KafkaException as error:
            raise BrokerError(f"{topic}/{partition}: {error.args[0].str()}") from error
        return found.offset if found.offset >= 0 else self.extent(topic, partition).stop

    def read(self, topic: str, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records of partitions between these offsets as they come: a partition and some of it."""
        left = {number: extent for number, extent in extents.items() if extent}
        self._consumer.assign(
            [TopicPartition(topic, number, extent.start) for number, extent in left.items()]
        )
        moved_at = time.monotonic()
        while left:
            found: dict[int, list[Record]] = {}
            for message in self._consumer.consume(READ_RECORDS, POLL_SECONDS):
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
            if time.monotonic() - moved_at > SILENCE_SECONDS:
                raise BrokerError(f"{topic}: nothing came for {SILENCE_SECONDS:.0f} s")
        self._consumer.unassign()

    def committed(self, group: str, topic: str, partitions: int) -> list[int]:
        """Next offset of each partition that a group has committed, -1001 for none."""
        consumer = Consumer(
            {**self._connection.confluent(), "group.id": group, "enable.auto.commit": False}
        )
        try:
            places = [TopicPartition(topic, number) for number in range(partitions)]
            return [p.offset for p in consumer.committed(places, timeout=ANSWER_SECONDS)]
        except KafkaException as error:
            raise BrokerError(f"group {group}: {error.args[0].str()}") from error
        finally:
            consumer.close()


def _record(message: Any) -> Record:
    at = message.timestamp()[1]
    headers = dict(message.headers() or ())
    return Record(message.offset(), at, message.key(), message.value() or b"", headers)
