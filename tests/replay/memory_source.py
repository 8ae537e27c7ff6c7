"""Raw messages in memory, spread over partitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

from detection_stream.demo import OWN_DOMAINS, TENANT, DemoMessage
from detection_stream.model.envelope import Envelope
from detection_stream.runtime.records import Record


class MemorySource:
    """Messages distributed round-robin; partition ``n`` starts at offset ``starts[n]``."""

    name = "memory"

    def __init__(
        self,
        messages: tuple[DemoMessage, ...],
        partitions: int = 1,
        *,
        tenants: tuple[str, ...] = (TENANT,),
        start: int = 0,
    ) -> None:
        self._records: dict[int, list[Record]] = {number: [] for number in range(partitions)}
        self._start = start
        for number, message in enumerate(messages):
            tenant = tenants[number % len(tenants)]
            envelope = Envelope(tenant, frozenset(OWN_DOMAINS), message.received_at)
            log = self._records[number % partitions]
            key = f"{tenant}\0{message.message_id}".encode()
            offset = start + len(log)
            log.append(Record(offset, 0, key, message.raw, envelope.headers()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def extents(self, topic: str) -> dict[int, range]:
        """The offsets of each partition."""
        return {n: range(self._start, self._start + len(log)) for n, log in self._records.items()}

    def read(self, topic: str, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records in pieces, the last partition first."""
        for number, extent in sorted(extents.items(), reverse=True):
            for at in range(extent.start, extent.stop, 50):
                stop = min(at + 50, extent.stop)
                yield number, self._records[number][at - self._start : stop - self._start]
