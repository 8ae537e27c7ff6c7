"""Records of all sources and partitions, sorted by time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
import xxhash

from detection_stream.errors import InputError, MessageError
from detection_stream.model.envelope import Envelope
from detection_stream.model.signature import CONTROL_FORMATS, SIGNATURE, OperatorKeys
from detection_stream.replay.selection import Selection
from detection_stream.reporting import ReportProgress
from detection_stream.runtime.embedded.log import decode_record, encode_record
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.records import Record
from detection_stream.runtime.topic import Topic
from detection_stream.state.database import Database, new_batch

_DONE = b"done"


@dataclass(frozen=True, slots=True)
class Shard:
    """The tenants handled by one of ``count`` processes.

    Tenants share no state, so their messages can be run separately.
    """

    number: int
    count: int

    def holds(self, envelope: Envelope | None) -> bool:
        """Whether a message belongs here; one without a tenant belongs to the first."""
        if self.count == 1:
            return True
        if envelope is None:
            return self.number == 0
        return xxhash.xxh3_64_intdigest(envelope.tenant.encode()) % self.count == self.number


WHOLE = Shard(0, 1)


class Spool:
    """Part of the replay's own database, which sorts by received_at, then by the record's key.

    The order is a function of the records alone: it does not depend on the number of partitions
    or on the order of reading. Filling resumes where it was interrupted.
    """

    def __init__(self, database: Database, shard: Shard = WHOLE) -> None:
        self._database = database
        self._shard = shard
        self._records = database.family("replay:records")
        self._meta = database.family("replay:meta")
        stored = self._meta.get([_DONE])[0]
        found: dict[str, Any] = {"next": {}, "skipped": {}, "taken": 0}
        if stored:
            found = orjson.loads(stored)
        self.next: dict[str, int] = found["next"]
        """Next offset to read of each partition, by source name and partition number."""
        self.skipped: Counter[str] = Counter(found["skipped"])
        """Records skipped, by reason."""
        self.taken: int = found["taken"]
        """Records in the spool."""

    def take(
        self, source: Topic, partition: int, records: Sequence[Record], selection: Selection
    ) -> None:
        """Take a source's new records that belong here."""
        begin = self.begin(source, partition)
        batch = new_batch()
        for record in records:
            envelope = _envelope(record)
            if record.offset < begin or not self._shard.holds(envelope):
                continue
            if envelope is not None and (reason := selection.refuses(envelope)):
                self.skipped[reason] += 1
                continue
            self.taken += 1
            at = envelope.received_at if envelope else 0
            key = _key(source.id, partition, record, at)
            batch.put(key, encode_record(record, 0), self._records.handle)
        self.next[f"{source.key}/{partition}"] = max(begin, records[-1].offset + 1)
        done = {"next": self.next, "skipped": self.skipped, "taken": self.taken}
        batch.put(_DONE, orjson.dumps(done), self._meta.handle)
        self._database.write(batch, sync=False)

    def begin(self, source: Topic, partition: int) -> int:
        """The next offset to take of a source's partition."""
        return self.next.get(f"{source.key}/{partition}", 0)

    def records(self, after: bytes) -> Generator[Spooled]:
        """Records in order, after a key."""
        for key, value in self._records.items(after):
            if key != after:
                yield Spooled(key, decode_record(0, value)[0])


class Spooled(NamedTuple):
    """A record of a spool and its sort key."""

    key: bytes
    record: Record

    @property
    def at(self) -> int:
        """When it was received (milliseconds since 1970)."""
        return int.from_bytes(self.key[:8])

    @property
    def source(self) -> int:
        """The id of its source."""
        return self.key[_SOURCE_AT]


def fill(
    spools: Sequence[Spool],
    recorded: Recorded,
    wanted: Mapping[Topic, Mapping[int, range]],
    selection: Selection,
    reading: ReportProgress,
    keys: OperatorKeys,
) -> None:
    """Read the offsets ``wanted`` of each source's partitions that are not in the spools yet.

    Raises:
        InputError: there are signed records and no ``keys``, so the run would leave them out.
    """
    left = {
        source: {
            number: range(
                max(extent.start, min(spool.begin(source, number) for spool in spools)), extent.stop
            )
            for number, extent in extents.items()
        }
        for source, extents in wanted.items()
    }
    total = _records(wanted)
    done = total - _records(left)
    for source, extents in left.items():
        for partition, records in recorded.read(source.name, extents):
            if not keys:
                _check_unsigned(recorded.name, records)
            for spool in spools:
                spool.take(source, partition, records, selection)
            done += len(records)
            reading(done, total)


def _check_unsigned(name: str, records: Sequence[Record]) -> None:
    for record in records:
        form = record.headers.get("format", b"").decode("utf-8", "replace")
        if form in CONTROL_FORMATS and SIGNATURE in record.headers:
            raise InputError(
                f"{name} has signed tenant profiles or people, which would not count without the "
                "key; pass --operator-key FILE, the workers' own"
            )


def _records(extents: Mapping[Topic, Mapping[int, range]]) -> int:
    return sum(len(extent) for found in extents.values() for extent in found.values())


def _envelope(record: Record) -> Envelope | None:
    try:
        return Envelope.from_headers(record.headers, record.timestamp)
    except MessageError:
        # The content stage will report what is wrong with it.
        return None


_SOURCE_AT = 24


def _key(source: int, partition: int, record: Record, at: int) -> bytes:
    digest = xxhash.xxh3_128_digest(record.key or b"")
    numbers = source.to_bytes(1) + partition.to_bytes(4) + record.offset.to_bytes(8)
    return b"".join((max(at, 0).to_bytes(8), digest, numbers))
