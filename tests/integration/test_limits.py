"""Full disks and refusing brokers: a clean exit, and nothing is lost."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from detection_stream.runtime.kafka.connection import Connection
from tests.integration.cluster import Cluster, WorkerProcess
from tests.soak.verifier import verify
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

MESSAGES = 1_000


def _decide_the_rest(cluster: Cluster, worker: WorkerProcess) -> None:
    """Start the worker again; all is decided, and the state is what it should be."""
    worker.start()
    assert len(cluster.decided(MESSAGES)) == MESSAGES
    cluster.settle()
    assert worker.stop() == 0
    report = verify(cluster.connection.servers, cluster.prefix)
    report.print()
    assert report.clean


def test_a_full_disk_stops_the_worker(connection: Connection, prefix: str, tmp_path: Path) -> None:
    """A file-size limit refuses writes like a full disk, for one process only."""
    cluster = Cluster(connection, 2, prefix)
    worker = WorkerProcess(connection.servers, tmp_path / "w", "--prefix", prefix)
    worker.start()
    cluster.feed(demo(MESSAGES)[:500])
    assert len(cluster.decided(500)) == 500
    assert worker.process
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (65_536, 65_536))
    cluster.feed(demo(MESSAGES)[500:])
    assert worker.wait() == 1
    assert "cannot write to" in worker.log()
    assert "is the disk full?" in worker.log()
    _decide_the_rest(cluster, worker)
    assert "was moved to" not in worker.log()


def test_a_record_over_the_brokers_limit_stops_the_worker(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    cluster = Cluster(connection, 2, prefix)
    worker = WorkerProcess(connection.servers, tmp_path / "w", "--prefix", prefix)
    cluster.configure("observations", {"max.message.bytes": "1500"})
    cluster.feed(demo(MESSAGES))
    worker.start()
    assert worker.wait() == 1
    assert f"{prefix}observations/" in worker.log()
    assert "increase max.message.bytes" in worker.log()
    cluster.configure("observations", {"max.message.bytes": "60000000"})
    _decide_the_rest(cluster, worker)
