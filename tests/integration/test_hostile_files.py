"""Mail that once ended or stalled the engine, through two workers: all of it is decided,
and so is a mail beside each, soon."""

from __future__ import annotations

import lzma
import time
from dataclasses import replace
from pathlib import Path

import pytest

from detection_stream.demo import DemoMessage
from detection_stream.runtime.kafka.connection import Connection
from tests.hostile.test_budget import CASES
from tests.integration.cluster import Cluster, WorkerProcess
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

PARTITIONS = 4
SOON_SECONDS = 10.0
"""A bound for the good mail on a busy machine; it takes a tenth of this on an idle one."""


def _hostile(case: Path, like: DemoMessage) -> DemoMessage:
    raw = lzma.decompress(case.read_bytes())
    return replace(like, raw=raw, message_id=f"{case.stem}@evil.example")


def test_good_mail_beside_hostile_mail_is_decided_soon(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    cases = sorted(CASES.glob("*.eml.xz"))
    cluster = Cluster(connection, PARTITIONS, prefix)
    workers = [
        WorkerProcess(connection.servers, tmp_path / f"w{number}", "--prefix", prefix)
        for number in range(2)
    ]
    for worker in workers:
        worker.start()
    first, *good = demo(len(cases) + 1)
    cluster.feed([first])
    cluster.wait_for_verdicts(1)
    for case, beside in zip(cases, good, strict=True):
        begin = time.monotonic()
        cluster.feed([_hostile(case, beside), beside])
        cluster.wait_for_verdicts(2, SOON_SECONDS)
        print(f"{case.stem} and a good mail: decided after {time.monotonic() - begin:.1f} s")
    fed = 2 * len(cases) + 1
    assert len(cluster.decided(fed)) == fed
    assert not list(cluster.values("dead-letters"))
    assert [worker.alive for worker in workers] == [True, True]
    assert [worker.stop() for worker in workers] == [0, 0]
