"""Mail that ends the process that reads it holds up no worker and loses nobody's mail."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from detection_stream.demo import DemoMessage
from detection_stream.runtime.kafka.connection import Connection
from tests.integration.cluster import Cluster, WorkerProcess
from tests.runtime.hostile_reading import DEEDS, hostile
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

MESSAGES = 300
SOON_SECONDS = 5.0
"""A bound for a mail beside one that crashes; it takes about a fifth of this."""


def _hostile(message: DemoMessage, deed: str) -> DemoMessage:
    return replace(message, raw=hostile(message, deed))


def _letters(cluster: Cluster) -> list[str]:
    return [orjson.loads(value)["reason"] for value in cluster.values("dead-letters")]


def test_the_worker_goes_on(connection: Connection, prefix: str, tmp_path: Path) -> None:
    cluster = Cluster(connection, 2, prefix)
    arguments = ("--prefix", prefix)
    worker = WorkerProcess(
        connection.servers, tmp_path / "w", *arguments, program="tests.integration.hostile_worker"
    )
    worker.start()
    messages = demo(MESSAGES + len(DEEDS) + 2)
    first, crash, beside = messages[0], messages[1], messages[2]
    cluster.feed([first])
    assert len(cluster.decided(1)) == 1
    begin = time.monotonic()
    cluster.feed([_hostile(crash, "crash"), beside])
    cluster.wait_for_verdicts(1, SOON_SECONDS)
    assert time.monotonic() - begin < SOON_SECONDS
    rest = list(messages[3:])
    for number, deed in enumerate(DEEDS[1:]):
        rest[number * 60] = _hostile(rest[number * 60], deed)
    cluster.feed(rest)
    decided = len(messages) - len(DEEDS)
    assert len(cluster.decided(decided)) == decided
    cluster.settle()
    assert worker.alive
    assert worker.stop() == 0
    letters = _letters(cluster)
    assert len(letters) == len(DEEDS)
    assert all("cannot be read: its reader ended" in reason for reason in letters)
    assert len({reason for reason in letters if "SIGSEGV" in reason}) == 1
