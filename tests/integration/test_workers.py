"""Workers on a real broker: whatever happens to them, what they write is right."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from detection_stream.runtime.kafka.connection import Connection
from tests.integration.cluster import Cluster, WorkerProcess
from tests.soak.verifier import verify
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

MESSAGES = 4_000
KILLS = 8


def _workers(
    connection: Connection, prefix: str, place: Path, count: int, *arguments: str
) -> list[WorkerProcess]:
    workers = [
        WorkerProcess(connection.servers, place / f"w{n}", "--prefix", prefix, *arguments)
        for n in range(count)
    ]
    for worker in workers:
        worker.start()
    return workers


def test_kills_lose_and_change_nothing(connection: Connection, prefix: str, tmp_path: Path) -> None:
    cluster = Cluster(connection, 4, prefix)
    messages = demo(MESSAGES)
    workers = _workers(connection, prefix, tmp_path, 2)
    choice = random.Random(7)
    step = MESSAGES // KILLS
    for kill in range(KILLS):
        cluster.feed(messages[kill * step : (kill + 1) * step])
        cluster.wait_for_verdicts(20)
        time.sleep(choice.uniform(0.0, 0.6))
        victim = choice.choice(workers)
        victim.kill()
        victim.start()
    found = cluster.decided(MESSAGES)
    assert len(found) == MESSAGES
    time.sleep(3)
    assert [worker.stop() for worker in workers] == [0, 0]
    report = verify(connection.servers, prefix)
    report.print()
    assert report.messages == MESSAGES
    assert report.rows > 1_000
    assert report.repeated > 0, "no kill hit work in flight; the test shows nothing"
    assert report.clean


def test_a_stopped_worker_finds_its_partitions_taken(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    """SIGSTOP past the session: the zombie's next checkpoint is refused."""
    cluster = Cluster(connection, 2, prefix)
    messages = demo(MESSAGES)[:2_000]
    (zombie,) = _workers(connection, prefix, tmp_path, 1)
    cluster.feed(messages[:1_000])
    cluster.decided(300)
    zombie.send(signal.SIGSTOP)
    heir = WorkerProcess(connection.servers, tmp_path / "heir", "--prefix", prefix)
    heir.start()
    cluster.feed(messages[1_000:])
    assert len(cluster.decided(2_000)) == 2_000
    zombie.send(signal.SIGCONT)
    time.sleep(10)
    for worker in (zombie, heir):
        worker.stop()
    report = verify(connection.servers, prefix)
    report.print()
    assert report.clean
