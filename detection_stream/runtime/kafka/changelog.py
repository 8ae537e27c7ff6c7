"""The changelog of a stage's partition: each checkpoint is one transaction on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
)

from detection_stream.errors import FencedError, StageError
from detection_stream.runtime.kafka.connection import Connection

MAX_BATCH_BYTES = 512 << 10
"""Bytes of one batch of changelog records."""
MAX_RECORD_BYTES = 16 << 20
"""Maximum changelog record; rows are small, but a waiting message holds all its levels."""
TRANSACTION_MS = 60_000
"""Milliseconds after which the broker aborts a transaction that its worker left open."""

ChangelogEntry = tuple[bytes, bytes | None]
"""Key and value of a record; a None value deletes."""


class Changelog:
    """Writes checkpoints of one partition; ``start`` fences earlier writers."""

    def __init__(self, connection: Connection, topic: str, partition: int, owner: str) -> None:
        self.topic = topic
        self.partition = partition
        self._producer = AIOKafkaProducer(
            **connection.aiokafka(),
            transactional_id=f"{owner}-{partition}",
            transaction_timeout_ms=TRANSACTION_MS,
            compression_type="lz4",
            max_batch_size=MAX_BATCH_BYTES,
            max_request_size=MAX_RECORD_BYTES,
        )

    async def start(self) -> None:
        """Become the only writer; aborts a transaction left open by another."""
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise StageError(f"{self.topic}/{self.partition}: cannot start: {error!r}") from error

    async def write(self, entries: Iterable[ChangelogEntry]) -> int:
        """Write a checkpoint atomically; returns the offset after its last record.

        Raises:
            FencedError: another worker owns the partition now.
            StageError: the broker did not accept it.
        """
        try:
            await self._producer.begin_transaction()
            position = await self._send(entries)
            await self._producer.commit_transaction()
        except (ProducerFenced, InvalidProducerEpoch, OutOfOrderSequenceNumber) as error:
            raise FencedError(
                f"{self.topic}/{self.partition}: another worker has taken over"
            ) from error
        except (KafkaError, RuntimeError) as error:
            raise StageError(
                f"{self.topic}/{self.partition}: a checkpoint was not written: {error!r}"
            ) from error
        return position

    async def _send(self, entries: Iterable[ChangelogEntry]) -> int:
        sent: list[tuple[Any, int]] = []
        batch = self._producer.create_batch()
        for key, value in entries:
            if batch.append(key=key, value=value, timestamp=None) is None:
                sent.append(await self._ship(batch))
                batch = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        sent.append(await self._ship(batch))
        position = 0
        for future, count in sent:
            position = (await future).offset + count
        return position

    async def _ship(self, batch: Any) -> tuple[Any, int]:
        batch.close()
        count = batch.record_count()
        future = await self._producer.send_batch(batch, self.topic, partition=self.partition)
        return future, count

    async def stop(self) -> None:
        """Close the producer."""
        await self._producer.stop()


class ChangelogReader:
    """Reads committed records of changelog partitions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._committed: Any = None
        self._uncommitted: Any = None

    async def start(self) -> None:
        """Connect."""
        arguments = {**self._connection.aiokafka(), "enable_auto_commit": False, "group_id": None}
        self._committed = AIOKafkaConsumer(
            **arguments, isolation_level="read_committed", auto_offset_reset="none"
        )
        self._uncommitted = AIOKafkaConsumer(**arguments)
        await self._committed.start()
        await self._uncommitted.start()

    async def stop(self) -> None:
        """Disconnect."""
        if self._committed is None:
            return
        await self._committed.stop()
        await self._uncommitted.stop()

    async def ends(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Offsets after the last records, committed or not."""
        ends: dict[TopicPartition, int] = await self._uncommitted.end_offsets(partitions)
        return ends

    async def starts(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Offsets of the first retained records."""
        starts: dict[TopicPartition, int] = await self._committed.beginning_offsets(partitions)
        return starts

    def read_from(self, positions: dict[TopicPartition, int]) -> None:
        """Read these partitions from these offsets."""
        self._committed.assign(list(positions))
        for partition, offset in positions.items():
            self._committed.seek(partition, offset)

    async def fetch(self, timeout_ms: int = 500) -> dict[TopicPartition, list[Any]]:
        """The next records, oldest first; empty if none came in time."""
        records: dict[TopicPartition, list[Any]] = await self._committed.getmany(
            timeout_ms=timeout_ms, max_records=10_000
        )
        return records

    async def position(self, partition: TopicPartition) -> int:
        """Offset up to which a partition was read."""
        position: int = await self._committed.position(partition)
        return position
