"""Two topologies in one worker on Kafka, one of them of two sources: verified and replayed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import orjson
import pytest

from detection_stream.demo import TENANT
from detection_stream.errors import InputError
from detection_stream.model.envelope import Envelope
from detection_stream.replay.parity import verify_topology
from detection_stream.replay.replay import Options, Places, replay
from detection_stream.replay.selection import Selection
from detection_stream.replay.snapshot import open_snapshot
from detection_stream.replay.take_snapshot import snapshot_topics
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.metrics import Metrics
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.runtime.kafka.together import check_together, run_together
from detection_stream.runtime.kafka.worker import Worker
from tests.integration.cluster import Cluster
from tests.topology import account_activity
from tests.topology.test_second_topology import OWN, Event, events, expected, told
from topologies import blueprint

pytestmark = pytest.mark.slow

PARTITIONS = 3
MESSAGES = 200
WAIT_SECONDS = 120.0


def produce(cluster: Cluster, found: list[Event]) -> None:
    """Each account's events in order, as one partition of each source has them."""
    flow = account_activity.build(prefix=cluster.prefix)
    for source, value, at in found:
        key = f"{TENANT}\0{at}".encode()
        headers = Envelope(TENANT, OWN, at).headers()
        cluster.outputs.produce(flow.source(source).name, -1, key, value, 0, headers)
    cluster.outputs.confirm_all()


async def work(cluster: Cluster, live: Blueprint, data: Path, wanted: dict[str, int]) -> None:
    """Run both topologies in this process until their outputs are there."""
    metrics = Metrics()
    flows = [cluster.topology, live.topology(PARTITIONS)]
    check_together(flows)
    data.mkdir()
    workers = [Worker(cluster.connection, flow, data, metrics=metrics) for flow in flows]
    running = asyncio.create_task(run_together(workers))
    deadline = time.monotonic() + WAIT_SECONDS
    while not running.done():
        counts = {name: await asyncio.to_thread(cluster.count, name) for name in wanted}
        if all(counts[name] >= count for name, count in wanted.items()):
            break
        assert time.monotonic() < deadline, counts
        await asyncio.sleep(0.3)
    for worker in workers:
        worker.stop()
    await running


@pytest.fixture(scope="module")
def worked(
    broker_address: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Cluster, Blueprint]:
    """Topics that one worker process has worked through for both topologies."""
    connection = Connection(broker_address)
    prefix = f"second{time.time_ns()}."
    live = Blueprint(account_activity.build, prefix)
    cluster = Cluster(connection, PARTITIONS, prefix)
    plan = topics.plan(connection, live.topology(PARTITIONS), PARTITIONS)
    topics.create(connection, plan.create, PARTITIONS, 1)
    found = sorted(events(MESSAGES), key=lambda event: event[2])
    produce(cluster, found)
    signs = sum(source == "sign_ins" for source, _, _ in found)
    wanted = {"verdicts": MESSAGES, "findings": signs}
    data = tmp_path_factory.mktemp("second") / "data"
    asyncio.run(work(cluster, live, data, wanted))
    return cluster, live


def test_every_sign_in_and_every_message_is_decided_once(worked: tuple[Cluster, Blueprint]) -> None:
    cluster, _ = worked
    found = [orjson.loads(value) for value in cluster.values("findings")]
    wanted = expected(events(MESSAGES))
    assert sorted(one["account"] for one in found) == sorted(account for account, *_ in wanted)
    assert {one["origin"][0] for one in found} == {2}
    # Sign-ins of one account meet in one partition, so they are counted whole.
    assert sum(one["sign_ins"] for one in found) == sum(count for *_, count in wanted)
    assert len(set(cluster.values("verdicts"))) == MESSAGES


def test_each_topology_is_verified(worked: tuple[Cluster, Blueprint]) -> None:
    cluster, live = worked
    for one in (live, blueprint(prefix=cluster.prefix)):
        for stage in verify_topology(cluster.connection, one, 1):
            assert (stage.different, stage.causes) == (0, []), stage.stage
            assert stage.compared > 0, stage.stage
            assert stage.ahead == 0, stage.stage


def test_both_sources_are_replayed_in_order_of_time(
    worked: tuple[Cluster, Blueprint], tmp_path: Path
) -> None:
    cluster, live = worked
    done = asyncio.run(
        replay(
            RecordedTopics(cluster.connection),
            live.topology().sources,
            Blueprint(live.build),
            Selection(),
            Places(tmp_path / "data", tmp_path / "out"),
            reading=lambda *_: None,
            feeding=lambda *_: None,
            options=Options(readers=1),
        )
    )
    assert done.messages == len(events(MESSAGES))
    found = told(tmp_path / "out" / "findings.jsonl")
    assert [account for account, *_ in found] == [one[0] for one in expected(events(MESSAGES))]


def test_a_snapshot_has_every_source(worked: tuple[Cluster, Blueprint], tmp_path: Path) -> None:
    cluster, live = worked
    snapshot_topics(cluster.connection, live.topology(), tmp_path / "snapshot")
    cut = open_snapshot(tmp_path / "snapshot").cut
    held = {key: sum(end + 1 for end in found.values()) for key, found in cut.items()}
    signs = len(events(MESSAGES)) - MESSAGES
    assert held == {"messages.raw": MESSAGES, "sign-ins.raw": signs}
    assert verify_topology(cluster.connection, live, 1) is not None


def test_the_same_topology_twice_is_refused() -> None:
    flow = blueprint().topology()
    with pytest.raises(InputError, match="two of them have a stage content"):
        check_together([flow, flow])
