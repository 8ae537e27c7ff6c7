"""A second version of the state takes over while mail comes in, and gives back."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from pathlib import Path

import orjson
import pytest

from detection_stream.demo import generate
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.recorded import RecordedTopics
from tests.cli.test_bad_input import command
from tests.integration.cluster import Cluster, WorkerProcess
from topologies import message_detection

pytestmark = pytest.mark.slow

EARLY, PARTITIONS, MORE = 300, 2, 100
VERIFY = ("--verify", "--processes", "1")
"""For few messages a second process costs more than it takes off the first."""


def test_versions_hand_over(connection: Connection, prefix: str, tmp_path: Path) -> None:
    where = ("--broker", connection.servers, "--prefix", prefix)
    cluster = Cluster(connection, PARTITIONS, prefix)
    first, second = (
        WorkerProcess(
            *(connection.servers, tmp_path / f"v{version}", "--prefix", prefix),
            *("--state-version", str(version)),
        )
        for version in (1, 2)
    )
    first.start()
    mail = generate(10_000, seed=11)
    cluster.feed(islice(mail, EARLY))
    cluster.wait_for_verdicts(EARLY // 2)
    missing = command("takeover", *where, "--state-version", "2", cwd=tmp_path)
    assert (missing.returncode, "topics create" in missing.stderr) == (2, True)
    second_flow = message_detection.build(PARTITIONS, prefix, 2)
    plan = topics.plan(connection, second_flow, PARTITIONS)
    between = {f"{name}-v2" for name in ("observations", "signals", "dead-letters")}
    changelogs = {f"message-detection-v2-{node.name}-changelog" for node in second_flow.stages}
    made = {topic.name.removeprefix(prefix) for topic in plan.create}
    assert made == between | changelogs
    topics.create(connection, plan.create, PARTITIONS, 1)
    cluster.wait_for_leaders(second_flow)
    second.start()
    cluster.settle(second_flow, 60)

    with cluster.feeding(mail):
        cluster.wait_for_verdicts(MORE)
        took = command("takeover", *where, "--state-version", "2", cwd=tmp_path)
        for version in ("1", "2"):
            told = command("reset", *where, "--state-version", version, cwd=tmp_path)
            assert "First: version 2 writes" in told.stdout
        cluster.wait_for_verdicts(MORE)
        second.kill()
        second.start()
        cluster.wait_for_verdicts(MORE)
        gave_back = command("takeover", *where, "--state-version", "1", cwd=tmp_path)
        cluster.wait_for_verdicts(MORE)
    assert (took.returncode, gave_back.returncode) == (0, 0), took.stderr + gave_back.stderr
    fed = cluster.count("messages.raw")
    assert len(cluster.decided(fed)) == fed
    cluster.settle()
    cluster.settle(second_flow)
    first.stop()
    second.stop()

    _check_who_wrote(cluster, [_offsets(took.stdout), _offsets(gave_back.stdout)])
    for version in ("1", "2"):
        verified = command("replay", *VERIFY, *where, "--state-version", version, cwd=tmp_path)
        assert verified.returncode == 0, verified.stdout


def _offsets(printed: str) -> dict[int, int]:
    lines = [line.replace(",", "").split() for line in printed.splitlines()]
    return {int(words[1].rstrip(":")): int(words[-1]) for words in lines}


def _check_who_wrote(cluster: Cluster, took: list[dict[int, int]]) -> None:
    """Before the first offset version 1 alone, then 2 and at most some of 1, then 1 again."""
    with RecordedTopics(cluster.connection) as recorded:
        topic = f"{cluster.prefix}messages.raw"
        places = {
            record.key.split(b"\0")[1].decode(): (number, record.offset)
            for number, records in recorded.read(topic, recorded.extents(topic))
            for record in records
            if record.key
        }
    writers: dict[tuple[int, int], set[int]] = defaultdict(set)
    for value in cluster.values("verdicts"):
        verdict = orjson.loads(value)
        writers[places[verdict["message_id"]]].add(verdict["state_version"])
    between = 0
    for (partition, offset), versions in writers.items():
        begin, end = (offsets[partition] for offsets in took)
        expected = 2 if begin <= offset < end else 1
        assert expected in versions
        if offset < begin:
            assert versions == {1}
        between += versions == {2}
    assert between > 50, "version 1 wrote on"
