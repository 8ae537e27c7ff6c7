"""Accepts live mail: accepted means stored, not decided."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from detection_stream.errors import BusyError, StageError
from detection_stream.ingest.produce import raw_key
from detection_stream.model.envelope import Envelope
from detection_stream.model.organisation import Organisation
from detection_stream.parsing.content_digest import digest_of
from detection_stream.parsing.identity import top_received_at, uid
from detection_stream.parsing.journal import delivered_id
from detection_stream.parsing.mail_head import Fields, read_head
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.kafka.delivery import Delivery

MIN_FREE_BYTES = 256 << 20
"""Free disk space below which nothing is taken: the write-ahead log and write buffers at their
largest. RocksDB cannot go on once a write has failed, so nothing is begun that may not end."""
MAX_DELAY_MS = 7 * 86_400_000
"""Milliseconds between the receiving host's date and our arrival: queues give up after five days
(RFC 5321, 4.5.4.1), and a stopped gateway or watched folder may wait over a long weekend."""
MAX_CLOCK_ERROR_MS = 10 * 60_000
"""Milliseconds by which the receiving host's clock may be ahead of ours."""
MAX_WAITING_BYTES = 128 << 20
"""Bytes of messages in memory that the first stage has not read yet."""


class MailTransaction(NamedTuple):
    """Sender and recipients of an SMTP transaction."""

    mail_from: str = ""
    rcpt_to: tuple[str, ...] = ()


NO_TRANSACTION: Final = MailTransaction()


class Intake(Protocol):
    """Accepts messages one by one."""

    async def take(
        self, raw: bytes, source: str, transaction: MailTransaction = NO_TRANSACTION
    ) -> None:
        """Store a message; it is durable on return.

        Raises:
            BusyError: there is no room for it now.
            StageError: it could not be stored; the sender must retry.
        """


def raw_record(
    raw: bytes,
    source: str,
    organisation: Organisation,
    now: int,
    transaction: MailTransaction = NO_TRANSACTION,
) -> tuple[bytes, Envelope]:
    """Key and envelope of a message that arrives at ``now`` (milliseconds since 1970)."""
    tenant, head = organisation.tenant, read_head(raw)
    at = arrival(head.fields, now)
    envelope = Envelope(
        tenant,
        organisation.own_domains,
        at,
        "rfc5322",
        source,
        organisation.reception,
        transaction.mail_from,
        transaction.rcpt_to,
        organisation.journal,
    )
    name = delivered_id(head)
    return raw_key(tenant, name, uid(tenant, name, digest_of(head), at)), envelope


def arrival(fields: Fields, now: int) -> int:
    """When the receiving side got a message that is taken at ``now``; both in milliseconds.

    The date of its top Received field, where that is near: a repeat has the same one. A sender
    can write any date, so all others are ``now``.
    """
    found = top_received_at(fields)
    if found is None or not now - MAX_DELAY_MS <= found <= now + MAX_CLOCK_ERROR_MS:
        return now
    return found


def clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class EngineIntake:
    """Stores in the log of an embedded engine; durable at its next checkpoint.

    ``folders`` are those that its results are written to; ``now`` tells the time in milliseconds.
    """

    def __init__(
        self,
        engine: Engine,
        topic: str,
        organisation: Organisation,
        *folders: Path,
        now: Callable[[], int] = clock,
    ) -> None:
        self._folders = (engine.database.directory, *folders)
        self._engine = engine
        self._log = engine.log(topic, 0)
        self._organisation = organisation
        self._now = now

    async def take(
        self, raw: bytes, source: str, transaction: MailTransaction = NO_TRANSACTION
    ) -> None:
        """Append it and wait for the checkpoint."""
        self._engine.check()
        self._check_room(len(raw))
        key, envelope = raw_record(raw, source, self._organisation, self._now(), transaction)
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
        self,
        delivery: Delivery,
        topic: str,
        organisation: Organisation,
        *,
        now: Callable[[], int] = clock,
    ) -> None:
        self._delivery = delivery
        self._topic = topic
        self._organisation = organisation
        self._now = now

    async def take(
        self, raw: bytes, source: str, transaction: MailTransaction = NO_TRANSACTION
    ) -> None:
        """Produce it and wait for the acknowledgement."""
        key, envelope = raw_record(raw, source, self._organisation, self._now(), transaction)
        await self._delivery.deliver(self._topic, key, raw, envelope.headers())
