"""A snapshot of running workers: what came after it verifies, and a replay continues from it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from confluent_kafka import TopicPartition

from detection_stream.demo import generate
from detection_stream.profiles.kinds import KINDS
from detection_stream.replay.snapshot import open_snapshot
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.state.database import Database
from tests.cli.test_bad_input import command
from tests.integration.cluster import Cluster, WorkerProcess

pytestmark = pytest.mark.slow

EARLY, MORE, PARTITIONS = 600, 100, 3
VERIFY = ("--verify", "--processes", "1")


def test_a_snapshot_of_running_workers(connection: Connection, prefix: str, tmp_path: Path) -> None:
    where = ("--broker", connection.servers, "--prefix", prefix)
    cluster = Cluster(connection, PARTITIONS, prefix)
    workers = [
        WorkerProcess(connection.servers, tmp_path / f"w{number}", "--prefix", prefix)
        for number in range(2)
    ]
    for worker in workers:
        worker.start()
    mail = generate(10_000, seed=11)
    cluster.feed(islice(mail, EARLY))
    cluster.wait_for_verdicts(EARLY // 2)
    with cluster.feeding(mail):
        taken = command("snapshot", *where, "--out", "snapshot", cwd=tmp_path)
        assert taken.returncode == 0, taken.stderr
        cluster.wait_for_verdicts(MORE)
    workers[0].kill()
    workers[0].start()
    fed = cluster.count("messages.raw")
    assert len(cluster.decided(fed)) == fed
    cluster.settle()
    for worker in workers:
        worker.stop()
    cut = open_snapshot(tmp_path / "snapshot").cut["messages.raw"]
    held = sum(end + 1 for end in cut.values())
    assert 0 < held < fed, "the snapshot was not taken in the middle"

    _replays_go_on(where, tmp_path, fed - held)
    _cut(cluster, tmp_path)
    whole = command("replay", *VERIFY, *where, cwd=tmp_path)
    assert (whole.returncode, "have expired" in whole.stderr) == (2, True)
    after = command("replay", *VERIFY, *where, "--snapshot", "snapshot", cwd=tmp_path)
    assert after.returncode == 0, after.stdout + after.stderr
    lines = {line.split()[0]: line.split()[1:] for line in after.stdout.splitlines()[1:4]}
    assert lines["content"][0] == f"{fed - held:,}"
    assert int(lines["decision"][1].replace(",", "")) >= 2 * (fed - held)

    missing = command("replay", *VERIFY, *where, "--snapshot", "w0", cwd=tmp_path)
    assert (missing.returncode, "is not a snapshot" in missing.stderr) == (2, True)
    again = command("snapshot", *where, "--out", "snapshot", cwd=tmp_path)
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)


def _replays_go_on(where: tuple[str, ...], place: Path, later: int) -> None:
    """Both ways every entity has seen every message once."""
    whole = ("--data", "whole", "--out", "whole-out")
    found = command("replay", *where, *whole, cwd=place)
    assert found.returncode == 0, found.stderr
    rest = ("--data", "rest", "--out", "rest-out", "--snapshot", "snapshot")
    found = command("replay", *where, *rest, cwd=place)
    assert found.returncode == 0, found.stderr
    lines = (place / "rest-out" / "verdicts.jsonl").read_bytes().splitlines()
    assert len(lines) == later
    counts = _counts(place / "whole")
    differing = _counts(place / "rest").items() ^ counts.items()
    assert counts
    assert not differing


def _counts(directory: Path) -> dict[tuple[str, bytes], int]:
    """How often each entity was seen."""
    database = Database(directory, create=False)
    found = {
        (kind.name, key): _seen(kind.row.decode([value])[0])
        for kind in KINDS
        for key, value in database.family(f"state:entity:{kind.name}:0").items()
    }
    database.close()
    return found


def _seen(row: np.void) -> int:
    """Messages that an entity was seen in, whichever came first: its owner's or a claim.

    The live order between partitions is not that of a replay.
    """
    names = row.dtype.names or ()
    if "side_proven" in names:
        return int(row["side_proven"].sum())
    return int(row["count"]) + (int(row["claimed"]) if "claimed" in names else 0)


def _cut(cluster: Cluster, place: Path) -> None:
    """Let retention remove what came before the snapshot."""
    cut = open_snapshot(place / "snapshot").cut["messages.raw"]
    ends = [
        TopicPartition(f"{cluster.prefix}messages.raw", int(number), end + 1)
        for number, end in cut.items()
    ]
    for done in topics.admin(cluster.connection).delete_records(ends).values():
        done.result(30)
