"""The stages' idempotent producer; deliveries are confirmed per epoch."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from detection_stream.errors import StageError
from detection_stream.runtime.kafka.connection import Connection

log = logging.getLogger(__name__)

LINGER_MS = 5
"""Milliseconds that a record waits to be batched with others."""
MAX_DELIVERY_MS = 60_000
"""Time limit for delivering a record; past it the worker stops."""
MAX_QUEUED_BYTES = 256 << 20
"""Bytes that may await delivery before the stages block."""
MAX_QUEUED_RECORDS = 200_000
"""Records that may await delivery before the stages block."""
MAX_REQUEST_BYTES = 64 << 20
"""Maximum request; stages and topics bound single records."""
COMPLAINT_SECONDS = 10.0
"""Minimum time between log lines about unreachable brokers."""
CONFIRM_STEP = 0.002
"""Seconds between checks whether an epoch is confirmed."""


def producer_settings(connection: Connection, client_id: str) -> dict[str, Any]:
    """Settings of a producer that neither duplicates nor loses acknowledged records."""
    return {
        **connection.confluent(),
        "client.id": client_id,
        "enable.idempotence": True,
        "acks": "all",
        "compression.type": "lz4",
        # The partitioner of Java clients, so that all producers agree on partitions.
        "partitioner": "murmur2_random",
        "linger.ms": LINGER_MS,
        "batch.size": 1 << 20,
        "delivery.timeout.ms": MAX_DELIVERY_MS,
        "queue.buffering.max.kbytes": MAX_QUEUED_BYTES >> 10,
        "queue.buffering.max.messages": MAX_QUEUED_RECORDS,
        "message.max.bytes": MAX_REQUEST_BYTES,
    }


class Outputs:
    """Sends records and tracks which epochs are completely delivered.

    An epoch ends when a checkpoint is frozen; the checkpoint is written only after everything
    sent before has been acknowledged by all in-sync replicas.
    """

    def __init__(
        self, connection: Connection, client_id: str, *, delivery_ms: int = MAX_DELIVERY_MS
    ) -> None:
        settings = producer_settings(connection, client_id)
        settings["delivery.timeout.ms"] = delivery_ms
        self._producer = Producer({**settings, "error_cb": self._on_error}, logger=log)
        self._epoch = 0
        self._complained_at = -COMPLAINT_SECONDS
        self._waiting: Counter[int] = Counter()
        self.failure: StageError | None = None

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Send one record; blocks while the queue is full."""
        self.produce(topic, partition, key, value, timestamp, None)

    def produce(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes,
        timestamp: int,
        headers: dict[str, bytes] | None,
    ) -> None:
        """Send one record with headers; partition -1 means by key."""
        done = partial(self._delivered, self._epoch)
        deadline = time.monotonic() + MAX_DELIVERY_MS / 1_000
        fields: dict[str, Any] = {"key": key, "partition": partition, "on_delivery": done}
        if timestamp > 0:
            fields["timestamp"] = timestamp
        if headers:
            fields["headers"] = headers
        while True:
            try:
                self._producer.produce(topic, value, **fields)
                break
            except BufferError as error:
                if time.monotonic() > deadline:
                    raise StageError(f"{topic}: no record was delivered for a minute") from error
                self._producer.poll(0.05)
            except KafkaException as error:
                raise StageError(f"{topic}: a record of {len(value)} bytes: {error}") from error
        self._waiting[self._epoch] += 1
        self._producer.poll(0)

    def confirm_all(self) -> None:
        """Block until everything sent so far is acknowledged, without an event loop.

        Raises:
            StageError: the broker did not accept a record.
        """
        asyncio.run(self.confirm(self.end_epoch()))

    def end_epoch(self) -> int:
        """End the current epoch; returns its number."""
        self._epoch += 1
        return self._epoch - 1

    async def confirm(self, epoch: int) -> None:
        """Wait until an epoch and all before it are delivered.

        Raises:
            StageError: a record could not be delivered.
        """
        while True:
            self._producer.poll(0)
            if self.failure:
                raise self.failure
            if not any(number <= epoch for number in self._waiting):
                return
            await asyncio.sleep(CONFIRM_STEP)

    def waiting(self) -> int:
        """Records not yet acknowledged."""
        return sum(self._waiting.values())

    def close(self) -> None:
        """Drop what is undelivered; a commit has confirmed everything it covers."""
        self._producer.purge()
        self._producer.flush(1)

    def _delivered(self, epoch: int, error: KafkaError | None, message: Any) -> None:
        self._waiting[epoch] -= 1
        if not self._waiting[epoch]:
            del self._waiting[epoch]
        if error is not None and self.failure is None:
            partition = f"{message.topic()}/{message.partition()}"
            text = f"{partition}: a record was not delivered: {error.str()}"
            if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
                text += f"; increase max.message.bytes of the topic {message.topic()}"
            self.failure = StageError(text)

    def _on_error(self, error: KafkaError) -> None:
        # While no broker answers, the client reports every attempt.
        if time.monotonic() - self._complained_at > COMPLAINT_SECONDS:
            self._complained_at = time.monotonic()
            log.warning("brokers: %s", error.str())
