"""A broker with worker processes, as a test or the soak drives them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import Event, Thread

import orjson
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # imported there, not listed
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from detection_stream.demo import OWN_DOMAINS, TENANT, DemoMessage
from detection_stream.ingest.produce import raw_key
from detection_stream.model.envelope import Envelope
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.follow import follow
from detection_stream.runtime.kafka.outputs import Outputs
from detection_stream.runtime.topology import Topology
from topologies import message_detection

STOP_SECONDS = 60
LEADER_SECONDS = 60.0
FEED_MESSAGES, FEED_SECONDS = 20, 0.3
"""Messages that are fed at once while something else goes on, and the time between."""


class WorkerProcess:
    """One ``detection-stream worker`` with a data directory of its own."""

    def __init__(
        self, address: str, data: Path, *arguments: str, program: str = "detection_stream"
    ) -> None:
        self.data = data
        self._log = data.with_suffix(".log")
        self._command = [
            *(sys.executable, "-m", program, "worker", "--broker", address),
            *("--data", str(data), *arguments),
        ]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, or start it again."""
        RUNNING.add(self)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.process and self.alive:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it as a crash would."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.wait()

    def stop(self) -> int:
        """Stop it cleanly; returns its exit code."""
        self.send(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; returns its exit code."""
        assert self.process
        return self.process.wait(STOP_SECONDS)

    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text()


def ends(consumer: Consumer, places: list[TopicPartition]) -> list[int]:
    """The next offset of each place; a busy broker may not lead a new partition yet."""
    deadline = time.monotonic() + LEADER_SECONDS
    while True:
        try:
            return [consumer.get_watermark_offsets(one, timeout=10)[1] for one in places]
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


RUNNING: set[WorkerProcess] = set()
"""Started workers; their driver must end what a failure leaves behind."""


class Cluster:
    """Topics on a broker, a producer of demo mail, and what the workers wrote."""

    def __init__(self, connection: Connection, partitions: int, prefix: str = "") -> None:
        self.connection = connection
        self.partitions = partitions
        self.prefix = prefix
        self.topology = message_detection.build(partitions, prefix)
        plan = topics.plan(connection, self.topology, partitions)
        topics.create(connection, plan.create, partitions, 1)
        self.wait_for_leaders(self.topology)
        self.outputs = Outputs(connection, "test-feed")

    def wait_for_leaders(self, topology: Topology) -> None:
        """New topics have no leaders for a moment."""
        deadline = time.monotonic() + LEADER_SECONDS
        names = [topic.name for topic in topics.wanted_topics(topology)]
        while True:
            found = topics.admin(self.connection).list_topics(timeout=10).topics
            ready = names if found.keys() >= set(names) else []
            partitions = [p for name in ready for p in found[name].partitions.values()]
            if partitions and all(p.leader >= 0 for p in partitions):
                return
            assert time.monotonic() < deadline, "topics got no leaders"
            time.sleep(0.1)

    def configure(self, topic: str, settings: Mapping[str, str]) -> None:
        """Change settings of a topic."""
        changes = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in settings.items()
        ]
        name = self.prefix + topic
        change = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=changes)
        for done in topics.admin(self.connection).incremental_alter_configs([change]).values():
            done.result(30)

    def feed(self, messages: Iterable[DemoMessage]) -> int:
        """Produce messages; returns how many."""
        count = 0
        for message in messages:
            envelope = Envelope(TENANT, frozenset(OWN_DOMAINS), message.received_at)
            key = raw_key(TENANT, message.message_id, "")
            topic = f"{self.prefix}messages.raw"
            self.outputs.produce(topic, -1, key, message.raw, 0, envelope.headers())
            count += 1
        return count

    @contextmanager
    def feeding(self, messages: Iterator[DemoMessage]) -> Iterator[None]:
        """Produce messages, a few at a time, for as long as the block runs."""
        done = Event()

        def feed() -> None:
            while not done.wait(FEED_SECONDS):
                self.feed(islice(messages, FEED_MESSAGES))

        feeding = Thread(target=feed)
        feeding.start()
        try:
            yield
        finally:
            done.set()
            feeding.join()

    def values(self, topic: str, idle_seconds: float = 2.0) -> Iterator[bytes]:
        """Everything that a topic holds, until nothing more comes."""
        return follow(self.connection, self.prefix + topic, True, idle_seconds)

    def count(self, topic: str) -> int:
        """Records that a topic holds, repeats and ticks included."""
        name = self.prefix + topic
        places = [TopicPartition(name, number) for number in range(self.partitions)]
        return sum(ends(self._counting, places))

    @cached_property
    def _counting(self) -> Consumer:
        """One client for all counts; a new one for each would be most of the work."""
        return Consumer({**self.connection.confluent(), "group.id": "test-count"})

    def wait_for_verdicts(self, more: int, seconds: float = 120.0) -> None:
        """Wait for this many more verdicts: work is in progress."""
        wanted = self.count("verdicts") + more
        deadline = time.monotonic() + seconds
        while self.count("verdicts") < wanted:
            assert time.monotonic() < deadline, f"no {more} verdicts within {seconds} s"
            time.sleep(0.05)

    def settle(self, topology: Topology | None = None, seconds: float = 30.0) -> None:
        """Wait until the group has committed all that its stages were sent.

        It ends without that as well: a commit that a rebalance has refused is not made up for.
        """
        flow = topology or self.topology
        places = [
            TopicPartition(node.reads.name, number)
            for node in flow.stages
            for number in range(self.partitions)
        ]
        group = {"group.id": flow.group, "enable.auto.commit": False}
        consumer = Consumer({**self.connection.confluent(), **group})
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                committed = consumer.committed(places, timeout=30)
                wanted = ends(consumer, places)
                if all(max(c.offset, 0) >= end for c, end in zip(committed, wanted, strict=True)):
                    return
                time.sleep(0.2)
        finally:
            consumer.close()

    def decided(self, wanted: int, idle_seconds: float = 120.0) -> dict[str, list[bytes]]:
        """Verdicts by uid, once there are this many uids or nothing more arrives."""
        found: dict[str, list[bytes]] = {}
        for value in self.values("verdicts", idle_seconds):
            found.setdefault(orjson.loads(value)["uid"], []).append(value)
            if len(found) >= wanted:
                break
        return found
