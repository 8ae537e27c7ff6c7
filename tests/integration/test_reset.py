"""``reset`` lets workers start over, and keeps what must not be lost."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import orjson
import pytest

from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from tests.cli.test_bad_input import command
from tests.integration.cluster import Cluster, WorkerProcess
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

MESSAGES = 200


def test_workers_begin_anew(connection: Connection, prefix: str, tmp_path: Path) -> None:
    broker = ("--broker", connection.servers, "--prefix", prefix)

    def reset(*more: str) -> CompletedProcess[str]:
        return command("reset", *broker, "--data", "w", *more, cwd=tmp_path)

    cluster = Cluster(connection, 2, prefix)
    cluster.feed(demo(MESSAGES))
    worker = WorkerProcess(connection.servers, tmp_path / "w", "--prefix", prefix)
    worker.start()
    first = cluster.decided(MESSAGES)
    busy = reset("--yes")
    assert (busy.returncode, "stop" in busy.stderr) == (2, True), busy.stderr
    cluster.settle()
    worker.stop()

    told = reset()
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("would remove the topic") == 5
    assert "Nothing was removed" in told.stdout
    assert (tmp_path / "w" / "worker-0").is_dir()
    done = reset("--yes")
    assert done.returncode == 0, done.stderr
    assert "messages.raw" not in done.stdout
    assert f"removed the group {prefix}message-detection" in done.stdout
    assert not (tmp_path / "w" / "worker-0").exists()
    left = {name for name in topics.partition_counts(connection) if name.startswith(prefix)}
    kept = (
        *("messages.raw", "verdicts", "attributions", "dead-letters", "takeovers", "tenants"),
        "workers",
    )
    assert left == {prefix + name for name in kept}
    assert "has nothing to remove" in reset().stdout

    assert command("topics", "create", *broker, "--partitions", "2", cwd=tmp_path).returncode == 0
    worker.start()
    cluster.wait_for_verdicts(MESSAGES)
    again = [orjson.loads(value) for value in cluster.values("verdicts")]
    assert len(again) == 2 * MESSAGES
    assert {verdict["uid"] for verdict in again} == first.keys()
    worker.stop()
