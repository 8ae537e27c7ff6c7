"""Discovers other workers: each announces where it can be queried.

An announcement carries a proof that its worker knows the shared secret. Without a secret only
addresses of this machine are believed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import KafkaException, Producer

from detection_stream.runtime.kafka.worker import Worker
from detection_stream.runtime.shared_secret import SharedSecret

log = logging.getLogger(__name__)

ANNOUNCE_SECONDS = 5.0
"""Time between two announcements of a worker."""
MAX_SILENCE_SECONDS = 30.0
"""Seconds of silence after which a worker counts as gone."""
PROOF = "proof"
"""The record header of the proof."""
PARTITION = 0
"""Announcements are few, so they share one partition."""
RETRY_SECONDS = 5.0
MAX_LEAVE_SECONDS = 2.0
"""Time limit for the last announcement."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another worker of the same group, and when it was last heard from (monotonic clock)."""

    number: str
    name: str
    url: str
    heard_at: float


class Peers:
    """Announces a worker in the topic ``workers`` and listens to the others."""

    def __init__(self, worker: Worker, name: str, url: str, secret: SharedSecret) -> None:
        self._secret = secret
        self._worker = worker
        self._topic = worker.topology.topic("workers").name
        self._id = uuid4().hex
        self._said = {"id": self._id, "name": name, "url": url, "group": worker.group}
        self._known: dict[str, Peer] = {}
        # Its own producer, so that failed announcements do not affect checkpoints.
        self._producer = Producer(worker.connection.confluent(), logger=log)

    def others(self) -> list[Peer]:
        """Workers heard from recently."""
        now = time.monotonic()
        return [peer for peer in self._known.values() if now - peer.heard_at < MAX_SILENCE_SECONDS]

    async def announce(self) -> None:
        """Announce this worker until it stops, then that it leaves."""
        while not self._worker.ended.is_set():
            self._send(leaves=False)
            try:
                async with asyncio.timeout(ANNOUNCE_SECONDS):
                    await self._worker.ended.wait()
            except TimeoutError:
                continue
        self._send(leaves=True)
        await asyncio.to_thread(self._producer.flush, MAX_LEAVE_SECONDS)

    def _send(self, *, leaves: bool) -> None:
        said = orjson.dumps({**self._said, "leaves": leaves})
        try:
            headers: Any = {PROOF: self._secret.proof(self._purpose, said)}
            self._producer.produce(self._topic, said, self._id.encode(), PARTITION, headers=headers)
            self._producer.poll(0)
        except (KafkaException, BufferError) as error:
            log.warning("%s: not announced: %s", self._topic, error)

    async def listen(self) -> None:
        """Listen forever; failures are retried."""
        while True:
            consumer = AIOKafkaConsumer(
                **self._worker.connection.aiokafka(), enable_auto_commit=False, group_id=None
            )
            try:
                await consumer.start()
                await self._listen(consumer)
            except Exception as error:
                log.warning("%s cannot be read: %s", self._topic, error)
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                await consumer.stop()

    async def _listen(self, consumer: Any) -> None:
        partition = TopicPartition(self._topic, PARTITION)
        consumer.assign([partition])
        since = int((time.time() - MAX_SILENCE_SECONDS) * 1_000)
        found = (await consumer.offsets_for_times({partition: since}))[partition]
        if found is None:
            await consumer.seek_to_end(partition)
        else:
            consumer.seek(partition, found.offset)
        end = (await consumer.end_offsets([partition]))[partition]
        async for record in consumer:
            # Clocks differ, so use timestamps only for earlier announcements.
            before = record.offset < end
            age = time.time() - record.timestamp / 1_000 if before else 0.0
            self._hear(record, max(age, 0.0))

    @property
    def _purpose(self) -> str:
        return f"announcement in {self._topic}"

    def _problem(self, record: Any, url: str) -> str:
        """Why an announcement is not believed; empty if it is."""
        if not self._secret.known:
            here = _is_loopback(url)
            return "" if here else "without a [cluster] secret, workers must be on this machine"
        proof = dict(record.headers).get(PROOF, b"").decode("utf-8", "replace")
        return self._secret.problem(self._purpose, record.value, proof)

    def _hear(self, record: Any, age: float) -> None:
        try:
            said = orjson.loads(record.value)
            peer = said["id"], str(said["name"]), str(said["url"]), said["group"], said["leaves"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            log.warning("%s offset %d is not an announcement", self._topic, record.offset)
            return
        number, name, url, group, leaves = peer
        if number == self._id or group != self._worker.group:
            return
        if problem := self._problem(record, url):
            log.warning("%s offset %d is not believed: %s", self._topic, record.offset, problem)
            return
        if leaves:
            self._known.pop(number, None)
            return
        # A restarted worker replaces its earlier entry; silent ones are dropped.
        self._known = {peer.number: peer for peer in self.others() if peer.url != url}
        self._known[number] = Peer(number, name, url, time.monotonic() - age)


def _is_loopback(url: str) -> bool:
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False
