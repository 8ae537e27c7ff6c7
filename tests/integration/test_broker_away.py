"""A broker outage: nothing counts as sent, and workers continue when it is back."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from detection_stream.errors import StageError
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.outputs import MAX_DELIVERY_MS, Outputs
from tests.integration.cluster import Cluster, WorkerProcess
from tests.integration.local_broker import LocalBroker
from tests.soak.verifier import verify
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

BACKLOG = 8_000
"""Messages that take seconds, so that the broker goes away in the middle of them."""


def _wait_for_log(worker: WorkerProcess, text: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while text not in worker.log():
        assert time.monotonic() < deadline, f"{text!r} is not in the log: {worker.log()[-2_000:]}"
        time.sleep(0.5)


def test_a_record_that_is_not_delivered_in_time_is_no_success(local_broker: LocalBroker) -> None:
    connection = Connection(local_broker.address)
    Cluster(connection, 1)
    outputs = Outputs(connection, "test", delivery_ms=3_000)
    outputs.send("verdicts", 0, b"key", b"{}", 0)
    asyncio.run(outputs.confirm(outputs.end_epoch()))
    local_broker.kill()
    outputs.send("verdicts", 0, b"key", b"{}", 0)
    with pytest.raises(StageError, match="not delivered"):
        asyncio.run(outputs.confirm(outputs.end_epoch()))
    outputs.close()


def _outlast_deliveries(worker: WorkerProcess) -> None:
    """Wait until records have failed to be delivered.

    A worker in the middle of a commit notices only when the commit is over, so once the time limit
    has passed for certain, that it is in one is as good.
    """
    deadline = time.monotonic() + MAX_DELIVERY_MS / 1_000 + 60
    while "a record was not delivered" not in worker.log():
        if time.monotonic() > deadline:
            assert "EndTxnRequest" in worker.log(), worker.log()[-2_000:]
            return
        time.sleep(0.2)


@pytest.mark.long
def test_workers_outlive_a_broker_that_is_away(local_broker: LocalBroker, tmp_path: Path) -> None:
    """The outage exceeds a record's delivery time limit while frames are being sent."""
    cluster = Cluster(Connection(local_broker.address), 2)
    worker = WorkerProcess(local_broker.address, tmp_path / "w", "--workers", "2")
    worker.start()
    messages = demo(BACKLOG + 1_000)
    cluster.feed(messages[:500])
    assert len(cluster.decided(500)) == 500
    cluster.feed(messages[500:-500])
    cluster.wait_for_verdicts(100)
    local_broker.kill()
    _outlast_deliveries(worker)
    local_broker.start()
    cluster.feed(messages[-500:])
    assert len(cluster.decided(len(messages), 90)) == len(messages)
    cluster.settle()
    assert worker.stop() == 0
    report = verify(local_broker.address)
    report.print()
    assert report.clean


def test_a_worker_waits_for_its_broker(local_broker: LocalBroker, tmp_path: Path) -> None:
    cluster = Cluster(Connection(local_broker.address), 1)
    local_broker.stop()
    worker = WorkerProcess(local_broker.address, tmp_path / "w")
    worker.start()
    _wait_for_log(worker, "trying again", 120)
    local_broker.start()
    cluster.feed(demo(100))
    assert len(cluster.decided(100)) == 100
    assert worker.stop() == 0
