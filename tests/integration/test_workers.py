"""Workers on a real broker: whatever happens to them, what they write is right."""

from __future__ import annotations

import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from detection_stream.runtime.kafka.connection import Connection
from tests.integration.cluster import Cluster, WorkerProcess
from tests.soak.verifier import Report, verify
from tests.topology.harness import demo
from tests.web.site import until

pytestmark = pytest.mark.slow

MESSAGES = 2_000


def _workers(
    connection: Connection,
    prefix: str,
    place: Path,
    count: int,
    *,
    standbys: int = 0,
    program: str = "detection_stream",
) -> list[WorkerProcess]:
    arguments = ("--prefix", prefix, "--standbys", str(standbys))
    workers = [
        WorkerProcess(connection.servers, place / f"w{n}", *arguments, program=program)
        for n in range(count)
    ]
    for worker in workers:
        worker.start()
    return workers


def _kill_under_load(cluster: Cluster, workers: list[WorkerProcess], kills: int) -> Report:
    """Kill workers while they work, stop them when all is decided, and recount."""
    step = 500
    messages = demo(kills * step)
    choice = random.Random(7)
    for kill in range(kills):
        cluster.feed(messages[kill * step : (kill + 1) * step])
        cluster.wait_for_verdicts(20)
        time.sleep(choice.uniform(0.0, 0.6))
        victim = choice.choice(workers)
        victim.kill()
        victim.start()
    cluster.decided(len(messages))
    cluster.settle()
    for worker in workers:
        worker.stop()
    report = verify(cluster.connection.servers, cluster.prefix)
    report.print()
    assert report.messages == len(messages)
    assert report.rows > 1_000
    assert report.repeated > 0, "no kill hit work in flight; the test shows nothing"
    return report


@pytest.mark.parametrize("kills", [3, pytest.param(8, marks=pytest.mark.long)])
def test_kills_lose_and_change_nothing(
    connection: Connection, prefix: str, tmp_path: Path, kills: int
) -> None:
    cluster = Cluster(connection, 4, prefix)
    workers = _workers(connection, prefix, tmp_path, 2)
    assert _kill_under_load(cluster, workers, kills).clean


@pytest.mark.long
def test_a_backlog_holds_up_nothing_but_messages(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    """More messages wait than are admitted, and workers restart in the middle of it."""
    count = 40_000
    cluster = Cluster(connection, 8, prefix)
    cluster.feed(demo(count))
    workers = _workers(connection, prefix, tmp_path, 2)
    for number in range(4):
        time.sleep(8)
        workers[number % 2].kill()
        workers[number % 2].start()
    assert len(cluster.decided(count)) == count
    cluster.settle()
    for worker in workers:
        worker.stop()
    report = verify(connection.servers, prefix)
    report.print()
    assert report.clean


def test_standbys_take_over_without_a_restore(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    cluster = Cluster(connection, 4, prefix)
    workers = _workers(connection, prefix, tmp_path, 2, standbys=1)
    messages = demo(MESSAGES)
    cluster.feed(messages[:1_000])
    assert len(cluster.decided(1_000)) == 1_000
    cluster.settle()
    # A standby is a fetch behind its changelog.
    time.sleep(2)
    workers[0].kill()
    cluster.feed(messages[1_000:])
    assert len(cluster.decided(MESSAGES)) == MESSAGES
    taken = [line for line in workers[1].log().splitlines() if "records restored over" in line]
    restored = int(taken[-1].split(" INFO ")[1].split()[0])
    assert restored < 500, "a standby should have had nearly all of it"
    cluster.settle()
    workers[1].stop()
    report = verify(connection.servers, prefix)
    report.print()
    assert report.clean


def test_lost_and_damaged_state_is_restored(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    cluster = Cluster(connection, 2, prefix)
    (worker,) = _workers(connection, prefix, tmp_path, 1)
    messages = demo(MESSAGES)
    cluster.feed(messages[:1_000])
    assert len(cluster.decided(1_000)) == 1_000
    cluster.settle()
    worker.stop()
    state = worker.data / "worker-0"
    shutil.rmtree(state / "entity-0")
    for table in (state / "entity-1" / "db").glob("*.sst"):
        table.write_bytes(table.read_bytes()[:-40])
    (state / "entity-1" / "db" / "CURRENT").write_text("MANIFEST-999999\n")
    worker.start()
    cluster.feed(messages[1_000:])
    assert len(cluster.decided(MESSAGES)) == MESSAGES
    cluster.settle()
    worker.stop()
    assert "was moved to" in worker.log()
    assert (state / "entity-1.set-aside").is_dir()
    report = verify(connection.servers, prefix)
    report.print()
    assert report.clean


@pytest.mark.long
def test_without_marks_kills_change_the_state(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    """What the recount would report if resent frames were applied again."""
    cluster = Cluster(connection, 4, prefix)
    program = "tests.integration.without_marks"
    workers = _workers(connection, prefix, tmp_path, 2, program=program)
    report = _kill_under_load(cluster, workers, 4)
    assert not report.clean


def test_a_stopped_worker_finds_its_partitions_taken(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    """SIGSTOP past the session: the zombie's next checkpoint is refused."""
    cluster = Cluster(connection, 2, prefix)
    messages = demo(1_200)
    (zombie,) = _workers(connection, prefix, tmp_path, 1)
    cluster.feed(messages[:600])
    cluster.decided(200)
    zombie.send(signal.SIGSTOP)
    heir = WorkerProcess(connection.servers, tmp_path / "heir", "--prefix", prefix)
    heir.start()
    cluster.feed(messages[600:])
    assert len(cluster.decided(1_200)) == 1_200
    zombie.send(signal.SIGCONT)
    # Its checkpoint is refused, or it had none to write and is given partitions again.
    until(lambda: not zombie.alive or zombie.log().count("taking over") > 1)
    cluster.settle()
    for worker in (zombie, heir):
        worker.stop()
    report = verify(connection.servers, prefix)
    report.print()
    assert report.clean
