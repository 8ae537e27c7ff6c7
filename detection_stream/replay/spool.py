"""Raw messages of all partitions, put in order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import xxhash

from detection_stream.errors import MessageError
from detection_stream.model.envelope import Envelope
from detection_stream.replay.selection import Selection
from detection_stream.runtime.embedded.log import decode_record, encode_record
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.records import Record
from detection_stream.state.database import Database, new_batch

Progress = Callable[[int, int], None]
"""Called with the records read, and their total."""

_DONE = b"done"


@dataclass(frozen=True, slots=True)
class Shard:
    """The tenants of which one of ``count`` processes takes the messages.

    Tenants share no state, so their messages can be run apart.
    """

    number: int
    count: int

    def holds(self, envelope: Envelope | None) -> bool:
        """Whether a message belongs here; one that says no tenant belongs to the first."""
        if self.count == 1:
            return True
        if envelope is None:
            return self.number == 0
        return xxhash.xxh3_64_intdigest(envelope.tenant.encode()) % self.count == self.number


WHOLE = Shard(0, 1)


class Spool:
    """Part of the replay's own database, which sorts by received_at, then by the record's key.

    The order is a function of the messages alone: it does not depend on the number of partitions
    nor on the order in which they were read. Filling it again goes on where it was stopped.
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
        """Next offset of each partition that was read."""
        self.skipped: Counter[str] = Counter(found["skipped"])
        """Records that were left out, by reason."""
        self.taken: int = found["taken"]
        """Records in the spool."""

    def take(self, partition: int, records: Sequence[Record], selection: Selection) -> None:
        """Take those of the records that are not there yet and belong here."""
        begin = self.next.get(str(partition), 0)
        batch = new_batch()
        for record in records:
            envelope = _envelope(record)
            if record.offset < begin or not self._shard.holds(envelope):
                continue
            if envelope is not None and (reason := selection.refuses(envelope)):
                self.skipped[reason] += 1
                continue
            self.taken += 1
            place = _place(partition, record, envelope.received_at if envelope else 0)
            batch.put(place, encode_record(record, 0), self._records.handle)
        self.next[str(partition)] = max(begin, records[-1].offset + 1)
        done = {"next": self.next, "skipped": self.skipped, "taken": self.taken}
        batch.put(_DONE, orjson.dumps(done), self._meta.handle)
        self._database.write(batch, sync=False)

    def records(self, after: bytes) -> Iterator[tuple[bytes, Record]]:
        """Places and records in order, from behind a place."""
        for place, value in self._records.items(after):
            if place != after:
                yield place, decode_record(0, value)[0]


def fill(
    spools: Sequence[Spool],
    source: Recorded,
    topic: str,
    wanted: Mapping[int, range],
    selection: Selection,
    progress: Progress,
) -> None:
    """Read what is not in the spools yet of the offsets ``wanted`` of each partition."""
    left = {
        n: range(max(extent.start, min(spool.next.get(str(n), 0) for spool in spools)), extent.stop)
        for n, extent in wanted.items()
    }
    total = sum(map(len, wanted.values()))
    done = total - sum(map(len, left.values()))
    for partition, records in source.read(topic, left):
        for spool in spools:
            spool.take(partition, records, selection)
        done += len(records)
        progress(done, total)


def _envelope(record: Record) -> Envelope | None:
    try:
        return Envelope.from_headers(record.headers)
    except MessageError:
        # The content stage will say what is wrong with it.
        return None


def _place(partition: int, record: Record, at: int) -> bytes:
    key = xxhash.xxh3_128_digest(record.key or b"")
    return b"".join((max(at, 0).to_bytes(8), key, partition.to_bytes(4), record.offset.to_bytes(8)))
