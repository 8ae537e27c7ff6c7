"""How long partitions are silent when a worker is killed, and during a rolling restart.

Arguments: entities in the state (1000000), standbys (0), partitions (4).
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import orjson
from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from detection_stream.demo import generate
from detection_stream.profiles.kinds import address
from detection_stream.runtime.kafka.changelog import Changelog
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.replica import META_KEY
from detection_stream.runtime.kafka.topics import describe
from detection_stream.state.progress import Progress
from tests.integration.cluster import Cluster, WorkerProcess
from tests.integration.local_broker import LocalBroker

RATE = 60
"""Messages a second while workers come and go."""
CHUNK = 20_000
READY_SECONDS = 300.0


class Load(threading.Thread):
    """Feeds at a steady rate, and notes when verdicts of each partition come."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._over = threading.Event()
        self.arrivals: dict[int, list[float]] = {n: [] for n in range(cluster.partitions)}

    def run(self) -> None:
        """Feed and listen in turn."""
        cluster = self._cluster
        consumer = Consumer({**cluster.connection.confluent(), "group.id": "bench"})
        consumer.assign(
            [TopicPartition("verdicts", n, OFFSET_END) for n in range(cluster.partitions)]
        )
        begin = time.monotonic()
        for number, message in enumerate(generate(100_000, seed=3)):
            if self._over.is_set():
                break
            while True:
                for record in consumer.consume(500, 0.005):
                    self.arrivals[record.partition() or 0].append(time.monotonic())
                if time.monotonic() >= begin + number / RATE:
                    break
            cluster.feed([message])
        consumer.close()

    def stop(self) -> None:
        """End."""
        self._over.set()
        self.join()

    def silence(self, since: float) -> float:
        """The longest time between two verdicts of one partition after a moment."""
        gaps = [0.0]
        for times in self.arrivals.values():
            points = [since, *(at for at in times if at >= since)]
            gaps += [after - before for before, after in pairwise(points)]
        return max(gaps)


def main(arguments: list[str]) -> None:
    """Fill the state, kill a worker, restart all."""
    numbers = [int(argument) for argument in arguments]
    entities, standbys, partitions = (*numbers, *(1_000_000, 0, 4)[len(numbers) :])
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        broker = LocalBroker(place / "kafka")
        broker.start()
        cluster = Cluster(Connection(broker.address), partitions)
        asyncio.run(_fill(cluster, entities))
        options = ("--standbys", str(standbys))
        workers = [WorkerProcess(broker.address, place / f"w{n}", *options) for n in range(2)]
        try:
            figures = _measure(cluster, workers)
        finally:
            for worker in workers:
                worker.kill()
            broker.close()
    figures = {"entities": entities, "standbys": standbys, **figures}
    for name, value in figures.items():
        print(f"{name:28} {value:>12,}")
    print(orjson.dumps(figures).decode())


def _measure(cluster: Cluster, workers: list[WorkerProcess]) -> dict[str, float]:
    begin = time.monotonic()
    for worker in workers:
        worker.start()
    _wait_ready(workers)
    restored = time.monotonic() - begin
    load = Load(cluster)
    load.start()
    time.sleep(20)
    killed_at = time.monotonic()
    workers[0].kill()
    time.sleep(40)
    failover = load.silence(killed_at)
    workers[0].start()
    _wait_ready(workers)
    time.sleep(20)
    rolled_at = time.monotonic()
    for worker in workers:
        worker.stop()
        worker.start()
        _wait_ready(workers)
        time.sleep(5)
    time.sleep(10)
    rolling = load.silence(rolled_at)
    load.stop()
    return {
        "start_and_restore_s": round(restored, 1),
        "silence_after_kill_s": round(failover, 1),
        "silence_in_rolling_restart_s": round(rolling, 1),
    }


def _wait_ready(workers: list[WorkerProcess]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not all(_is_ready(worker) for worker in workers):
        if time.monotonic() > deadline:
            raise SystemExit("the workers did not get ready")
        time.sleep(0.2)


def _is_ready(worker: WorkerProcess) -> bool:
    found = re.findall(r"status at (http://[0-9.:]+)", worker.log())
    try:
        with urllib.request.urlopen(f"{found[-1]}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (IndexError, urllib.error.URLError, OSError):
        return False


async def _fill(cluster: Cluster, entities: int) -> None:
    """Write rows of addresses into the entity stage's changelog, as checkpoints would."""
    node = cluster.topology.stage("entity")
    topic, name = node.reads.name, node.changelog
    identity = describe(cluster.connection, [topic])[topic]
    each = entities // cluster.partitions
    for partition in range(cluster.partitions):
        changelog = Changelog(cluster.connection, name, partition, name)
        await changelog.start()
        meta = {
            "progress": orjson.Fragment(Progress().encode()),
            "topic_id": identity.topic_id,
            "partitions": identity.partitions,
            "written_at": int(time.time()),
        }
        for start in range(0, each, CHUNK):
            rows = _rows(partition * each + start, min(CHUNK, each - start))
            await changelog.write([*rows, (META_KEY, orjson.dumps(meta))])
        await changelog.stop()


def _rows(first: int, count: int) -> Iterator[tuple[bytes, bytes | None]]:
    rows = address.ROW.empty(count)
    rows["touched"] = rows["first_seen"] = rows["last_seen"] = 1_740_000_000
    rows["count"] = 1
    for number, value in enumerate(address.ROW.encode(rows), first):
        yield f"address\0acme\0someone{number}@example.com".encode(), value
