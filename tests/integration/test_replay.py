"""``replay --verify`` on topics that workers wrote while they were killed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import orjson
import pytest
from confluent_kafka import TopicPartition

from detection_stream.replay.parity import verify_topology
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.signals.registry import Signal, signals_of
from tests.cli.test_bad_input import command
from tests.integration.cluster import Cluster, WorkerProcess
from tests.topology.harness import demo
from topologies import blueprint

pytestmark = pytest.mark.slow

MESSAGES = 1_500
TOPICS = ("messages.raw", "observations", "signals", "verdicts", "attributions", "dead-letters")


@pytest.fixture(scope="module")
def recorded(broker_address: str, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """Topics written by two workers that were killed three times."""
    cluster = Cluster(Connection(broker_address), 3, "replay.")
    place = tmp_path_factory.mktemp("workers")
    workers = [
        WorkerProcess(broker_address, place / f"w{number}", "--prefix", "replay.")
        for number in range(2)
    ]
    for worker in workers:
        worker.start()
    step = MESSAGES // 3
    for number in range(3):
        cluster.feed(demo(MESSAGES)[number * step : (number + 1) * step])
        cluster.wait_for_verdicts(20)
        workers[number % 2].kill()
        workers[number % 2].start()
    assert len(cluster.decided(MESSAGES)) == MESSAGES
    cluster.settle()
    for worker in workers:
        worker.stop()
    return cluster


def _verify(cluster: Cluster, place: Path, *more: str) -> CompletedProcess[str]:
    where = ("--broker", cluster.connection.servers, "--prefix", cluster.prefix)
    return command("replay", "--verify", *where, *more, cwd=place)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_live_is_what_a_replay_gives(recorded: Cluster, tmp_path: Path, processes: str) -> None:
    before = [recorded.count(topic) for topic in TOPICS]
    found = _verify(recorded, tmp_path, "--processes", processes)
    assert found.returncode == 0, found.stdout + found.stderr
    lines = {line.split()[0]: line.split()[1:] for line in found.stdout.splitlines()[1:4]}
    assert lines["content"][0] == f"{MESSAGES:,}"
    assert lines["decision"][1] == f"{2 * MESSAGES:,}"
    repeated = sum(int(line[2].replace(",", "")) for line in lines.values())
    assert repeated > 0, "no kill hit work in flight; the test shows nothing"
    assert [recorded.count(topic) for topic in TOPICS] == before


def test_a_signal_that_changed_by_one_is_found(
    recorded: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(level: str) -> tuple[Signal, ...]:
        return tuple(
            replace(signal, function=lambda *given, old=signal.function: old(*given) + 1)
            if signal.name == "sender.messages_30d"
            else signal
            for signal in signals_of(level)
        )

    monkeypatch.setattr("detection_stream.stages.entity.signals_of", changed)
    found = verify_topology(recorded.connection, blueprint(prefix=recorded.prefix), 1)
    content, entity, decision = found
    assert (content.different, decision.different) == (0, 0)
    assert entity.different > 0
    assert "level sender" in entity.causes[0]
    assert "sender.messages_30d is " in entity.causes[0]


def test_a_verdict_that_was_written_otherwise_is_found(recorded: Cluster, tmp_path: Path) -> None:
    topic = f"{recorded.prefix}verdicts"
    with RecordedTopics(recorded.connection) as live:
        ((number, (record, *_)), *_) = live.read(topic, {1: live.extent(topic, 1)})
    verdict = orjson.loads(record.value)
    forged = orjson.dumps({**verdict, "verdict": "safe", "score": 0.125})
    for value in (forged, orjson.dumps({"uid": "unheard of"})):
        recorded.outputs.send(topic, number, record.key, value, 0)
    recorded.outputs.confirm_all()
    found = _verify(recorded, tmp_path, "--processes", "1")
    assert found.returncode == 1
    assert "2 pieces differ" in found.stdout
    assert f"{verdict['uid']}, revision 1" in found.stdout
    assert "times, with different content" in found.stdout
    assert "in live, not in the replay" in found.stdout


def test_what_cannot_be_verified_is_one_line(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    where = ("--broker", connection.servers, "--prefix", prefix)
    missing = command("replay", "--verify", *where, cwd=tmp_path)
    assert (missing.returncode, "topics create" in missing.stderr) == (2, True)
    cluster = Cluster(connection, 1, prefix)
    empty = _verify(cluster, tmp_path)
    assert (empty.returncode, "nothing to compare" in empty.stderr) == (2, True)
    unknown = _verify(cluster, tmp_path, "--topology", "other")
    assert (unknown.returncode, "known: message-detection" in unknown.stderr) == (2, True)
    cluster.feed(demo(MESSAGES)[:20])
    cluster.outputs.confirm_all()
    cut = TopicPartition(f"{prefix}messages.raw", 0, 5)
    topics.admin(connection).delete_records([cut])[cut].result(30)
    gone = _verify(cluster, tmp_path)
    assert (gone.returncode, "records 0 to 4 have expired" in gone.stderr) == (2, True)
