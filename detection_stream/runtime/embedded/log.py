"""Topic partitions kept in RocksDB."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import orjson

from detection_stream.runtime.records import Record
from detection_stream.runtime.topic import Retention
from detection_stream.state.database import Database, Family

MAX_BATCH_RECORDS = 512
"""Maximum records per read."""
MAX_BATCH_BYTES = 4 << 20
"""Bytes at which a read stops."""
MAX_TRIM_RECORDS = 20_000
"""Maximum records that retention removes per checkpoint."""


@dataclass
class Extent:
    """What a partition holds: offsets from ``start`` up to ``end``, and their bytes."""

    start: int = 0
    end: int = 0
    size: int = 0


class PartitionLog:
    """One partition: appended records stay in memory until written and consumed.

    Nothing is on disk before ``write``; a topic without retention writes only what its consumer
    has not applied by then.
    """

    def __init__(
        self, topic: str, partition: int, family: Family, meta: Family, retention: Retention
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.retention = retention
        self._family = family
        self._meta = meta
        self._meta_key = f"{topic}/{partition}".encode()
        stored = meta.get([self._meta_key])[0]
        self.extent = Extent(**orjson.loads(stored)) if stored else Extent()
        self._written = self.extent.end
        self._memory: deque[Record] = deque()
        self.memory_bytes = 0
        """Bytes of the values in memory."""

    @property
    def end(self) -> int:
        """Offset of the next record."""
        return self.extent.end

    def append(
        self,
        key: bytes | None,
        value: bytes,
        timestamp: int,
        headers: dict[str, bytes] | None = None,
    ) -> int:
        """Add a record; returns its offset."""
        record = Record(self.extent.end, timestamp, key, value, headers or {})
        self._memory.append(record)
        self.memory_bytes += len(value)
        self.extent.end += 1
        return record.offset

    def read(self, offset: int) -> list[Record]:
        """Records from ``offset``: at most one batch, empty at the end."""
        first = self._memory[0].offset if self._memory else self.extent.end
        if offset >= first:
            return _batch(islice(self._memory, offset - first, None))
        return _batch(record for record in self._stored(offset) if record.offset < first)

    def _stored(self, offset: int) -> Any:
        for key, value in self._family.items(offset.to_bytes(8)):
            yield decode_record(int.from_bytes(key), value)[0]

    def write(self, batch: Any, applied: int) -> None:
        """Add what must be kept to an atomic write; ``applied`` is the last offset consumed."""
        keeps = self.retention.seconds > 0
        now = int(time.time() * 1_000)
        for record in self._memory:
            if record.offset >= self._written and (keeps or record.offset > applied):
                data = encode_record(record, now)
                batch.put(record.offset.to_bytes(8), data, self._family.handle)
                self.extent.size += len(data)
        self._written = self.extent.end
        self._trim(batch, applied, now)
        batch.put(self._meta_key, orjson.dumps(asdict(self.extent)), self._meta.handle)

    def settle(self, applied: int) -> None:
        """Drop records that are on disk or need not be."""
        while self._memory and self._memory[0].offset <= min(applied, self._written - 1):
            self.memory_bytes -= len(self._memory.popleft().value)

    def _trim(self, batch: Any, applied: int, now: int) -> None:
        if self.retention.seconds == 0:
            if self.extent.start <= applied:
                start, stop = self.extent.start.to_bytes(8), (applied + 1).to_bytes(8)
                batch.delete_range(start, stop, self._family.handle)
                self.extent.start = applied + 1
            self.extent.size = 0
            return
        if self.extent.size <= self.retention.size and not self._oldest_expired(now):
            return
        oldest = now - self.retention.seconds * 1_000
        for number, (key, value) in enumerate(self._family.items(self.extent.start.to_bytes(8))):
            offset = int.from_bytes(key)
            expired = decode_record(offset, value)[1] < oldest
            if offset > applied or number >= MAX_TRIM_RECORDS:
                break
            if not expired and self.extent.size <= self.retention.size:
                break
            batch.delete(key, self._family.handle)
            self.extent.start = offset + 1
            self.extent.size -= len(value)

    def _oldest_expired(self, now: int) -> bool:
        for key, value in self._family.items(self.extent.start.to_bytes(8)):
            appended = decode_record(int.from_bytes(key), value)[1]
            return bool(appended < now - self.retention.seconds * 1_000)
        return False


class Logs:
    """All topic partitions of a directory."""

    def __init__(self, database: Database, retentions: dict[str, Retention]) -> None:
        self._database = database
        self._retentions = retentions
        self._meta = database.family("logs")
        self.partitions: dict[tuple[str, int], PartitionLog] = {}

    def partition(self, topic: str, number: int) -> PartitionLog:
        """One partition, created if missing."""
        if (topic, number) not in self.partitions:
            family = self._database.family(f"log:{topic}:{number}")
            retention = self._retentions.get(topic, Retention(0, 0))
            self.partitions[topic, number] = PartitionLog(
                topic, number, family, self._meta, retention
            )
        return self.partitions[topic, number]


def _batch(records: Any) -> list[Record]:
    taken: list[Record] = []
    size = 0
    for record in records:
        taken.append(record)
        size += len(record.value)
        if len(taken) >= MAX_BATCH_RECORDS or size >= MAX_BATCH_BYTES:
            break
    return taken


def encode_record(record: Record, now: int) -> bytes:
    """Encode a record with its append time (milliseconds since 1970)."""
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers.items()}
    head = orjson.dumps([now, record.timestamp, headers])
    key = record.key or b""
    sizes = len(head).to_bytes(4) + len(key).to_bytes(4)
    return b"".join((sizes, head, key, record.value))


def decode_record(offset: int, data: bytes) -> tuple[Record, int]:
    """Decode a record and its append time (milliseconds since 1970)."""
    head_end = 8 + int.from_bytes(data[:4])
    key_end = head_end + int.from_bytes(data[4:8])
    appended, timestamp, headers = orjson.loads(data[8:head_end])
    encoded = {name: value.encode() for name, value in headers.items()}
    record = Record(offset, timestamp, data[head_end:key_end], data[key_end:], encoded)
    return record, appended
