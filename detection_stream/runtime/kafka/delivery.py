"""Produces single records and waits for each."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from detection_stream.errors import StageError
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.outputs import producer_settings

log = logging.getLogger(__name__)

POLL_SECONDS = 0.005


class Delivery:
    """A producer for request handlers: one failed record does not affect others."""

    def __init__(self, connection: Connection, client_id: str, seconds: float) -> None:
        settings = producer_settings(connection, client_id)
        settings["delivery.timeout.ms"] = int(seconds * 1_000)
        self._producer = Producer(settings, logger=log)

    async def deliver(
        self, topic: str, key: bytes, value: bytes, headers: dict[str, bytes]
    ) -> None:
        """Produce a record and wait until it is acknowledged.

        Raises:
            StageError: it was not acknowledged.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def delivered(error: KafkaError | None, _: Any) -> None:
            if done.done():
                return
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(StageError(f"{topic}: not delivered: {error.str()}"))

        fields: dict[str, Any] = {"key": key, "headers": headers, "on_delivery": delivered}
        try:
            self._producer.produce(topic, value, **fields)
        except (KafkaException, BufferError) as error:
            raise StageError(f"{topic}: not accepted: {error}") from error
        while not done.done():
            self._producer.poll(0)
            await asyncio.sleep(POLL_SECONDS)
        await done

    def close(self) -> None:
        """Wait briefly for records in flight."""
        self._producer.flush(5)
