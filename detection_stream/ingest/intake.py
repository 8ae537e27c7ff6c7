"""Accepts live mail: accepted means stored, not decided."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from detection_stream.errors import BusyError, StageError
from detection_stream.ingest.produce import raw_key
from detection_stream.model.envelope import Envelope
from detection_stream.parsing.identity import identify, message_id
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.kafka.delivery import Delivery

MIN_FREE_BYTES = 256 << 20
"""Free disk space below which nothing is taken: the write-ahead log and write buffers at their
largest. RocksDB cannot go on once a write has failed, so nothing is begun that may not end."""
MAX_WAITING_BYTES = 128 << 20
"""Bytes of messages in memory that the first stage has not read yet."""


class Intake(Protocol):
    """Accepts messages one by one."""

    async def take(self, raw: bytes, source: str) -> None:
        """Store a message; it is durable on return.

        Raises:
            BusyError: there is no room for it now.
            StageError: it could not be stored; the sender must retry.
        """


def raw_record(
    raw: bytes, source: str, tenant: str, own_domains: frozenset[str]
) -> tuple[bytes, Envelope]:
    """Key and envelope of a live message in ``messages.raw``."""
    at, uid = identify(raw, tenant)
    envelope = Envelope(tenant, own_domains, at, "rfc5322", source)
    return raw_key(tenant, message_id(raw), uid), envelope


class EngineIntake:
    """Stores in the log of an embedded engine; durable at its next checkpoint.

    ``folders`` are those that its results are written to.
    """

    def __init__(
        self,
        engine: Engine,
        topic: str,
        tenant: str,
        own_domains: frozenset[str],
        *folders: Path,
    ) -> None:
        self._folders = (engine.database.directory, *folders)
        self._engine = engine
        self._log = engine.log(topic, 0)
        self._tenant = tenant
        self._own_domains = own_domains

    async def take(self, raw: bytes, source: str) -> None:
        """Append it and wait for the checkpoint."""
        self._engine.check()
        self._check_room(len(raw))
        key, envelope = raw_record(raw, source, self._tenant, self._own_domains)
        self._log.append(key, raw, envelope.received_at, envelope.headers())
        self._engine.arrived.set()
        await self._engine.durable()

    def _check_room(self, size: int) -> None:
        if self._log.memory_bytes and self._log.memory_bytes + size > MAX_WAITING_BYTES:
            raise BusyError("the engine is behind with what it has taken")
        for folder in self._folders:
            try:
                free = shutil.disk_usage(folder).free
            except OSError as error:
                raise StageError(f"{folder}: {error.strerror}") from error
            if free - size < MIN_FREE_BYTES:
                raise StageError(f"{folder}: only {free >> 20:,} MiB are free on its disk")


class KafkaIntake:
    """Stores in ``messages.raw`` on Kafka; durable once all in-sync replicas have it."""

    def __init__(
        self, delivery: Delivery, topic: str, tenant: str, own_domains: frozenset[str]
    ) -> None:
        self._delivery = delivery
        self._topic = topic
        self._tenant = tenant
        self._own_domains = own_domains

    async def take(self, raw: bytes, source: str) -> None:
        """Produce it and wait for the acknowledgement."""
        key, envelope = raw_record(raw, source, self._tenant, self._own_domains)
        await self._delivery.deliver(self._topic, key, raw, envelope.headers())
