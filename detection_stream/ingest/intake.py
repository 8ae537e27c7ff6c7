"""Accepts live mail: accepted means stored, not decided."""

from __future__ import annotations

from typing import Protocol

from detection_stream.ingest.produce import raw_key
from detection_stream.model.envelope import Envelope
from detection_stream.parsing.identity import identify, message_id
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.kafka.delivery import Delivery


class Intake(Protocol):
    """Accepts messages one by one."""

    async def take(self, raw: bytes, source: str) -> None:
        """Store a message; it is durable on return.

        Raises:
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
    """Stores in the log of an embedded engine; durable at its next checkpoint."""

    def __init__(
        self, engine: Engine, topic: str, tenant: str, own_domains: frozenset[str]
    ) -> None:
        self._engine = engine
        self._log = engine.log(topic, 0)
        self._tenant = tenant
        self._own_domains = own_domains

    async def take(self, raw: bytes, source: str) -> None:
        """Append it and wait for the checkpoint."""
        key, envelope = raw_record(raw, source, self._tenant, self._own_domains)
        self._log.append(key, raw, envelope.received_at, envelope.headers())
        self._engine.arrived.set()
        await self._engine.durable()


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
