"""A tenant goes live on Kafka: every partition knows it, and a replay shows the same."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from detection_stream.demo import write_mbox
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.operator_keys import add_key
from tests.cli.test_bad_input import command
from tests.integration.cluster import Cluster, WorkerProcess
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

HISTORY, LATER = 700, 200


def test_a_tenant_goes_live(
    connection: Connection, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsigned = command("onboard", "acme", "x", "--broker", connection.servers, cwd=tmp_path)
    assert (unsigned.returncode, "--operator-key" in unsigned.stderr) == (2, True)
    add_key(tmp_path / "key")
    for name in ("WORKER", "ONBOARD", "INGEST", "REPLAY"):
        monkeypatch.setenv(f"DETECTION_STREAM_{name}_OPERATOR_KEY", str(tmp_path / "key"))
    where = ("--broker", connection.servers, "--prefix", prefix)
    mail = demo(HISTORY + LATER)
    write_mbox(tmp_path / "history.mbox", iter(mail[:HISTORY]))
    write_mbox(tmp_path / "later.mbox", iter(mail[HISTORY:]))
    missing = command("onboard", "acme", "history.mbox", *where, "--general-model", cwd=tmp_path)
    assert (missing.returncode, "topics create" in missing.stderr) == (2, True)
    cluster = Cluster(connection, 3, prefix)
    worker = WorkerProcess(connection.servers, tmp_path / "worker", "--prefix", prefix)
    worker.start()

    found = command("onboard", "acme", "history.mbox", *where, "--status", "active", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    later = ("ingest", "later.mbox", *where, "--tenant", "acme")
    unnamed = command(*later, cwd=tmp_path)
    assert (unnamed.returncode, "no own domain" in unnamed.stderr) == (2, True)
    sent = command(*later, "--onboarded", cwd=tmp_path)
    assert sent.returncode == 0, sent.stderr
    decided = [orjson.loads(values[0]) for values in cluster.decided(HISTORY + LATER).values()]
    assert len(decided) == HISTORY + LATER
    statuses = [verdict["tenant_status"] for verdict in decided]
    assert (statuses.count("learning"), statuses.count("active")) == (HISTORY, LATER)
    outbound = [
        v for v in decided if v["tenant_status"] == "active" and v["direction"] != "inbound"
    ]
    assert outbound, "the workers do not know the own domains"
    worker.stop()
    _kept_for_later_workers(cluster, where, tmp_path)

    verified = command("replay", "--verify", "--processes", "1", *where, cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout
    with monkeypatch.context() as without:
        without.delenv("DETECTION_STREAM_REPLAY_OPERATOR_KEY")
        for way in ("--verify",), ("--data", "d", "--out", "o"):
            unknown = command("replay", *way, *where, cwd=tmp_path)
            assert (unknown.returncode, "--operator-key" in unknown.stderr) == (2, True)
        assert not (tmp_path / "d").exists()
    again = ("onboard", "acme", *where, "--dry-run", "--json", "--general-model")
    before = cluster.count("messages.raw")
    from_topics = command(*again, cwd=tmp_path)
    assert from_topics.returncode == 0, from_topics.stderr
    assert orjson.loads(from_topics.stdout)["learnt"]["messages"] == HISTORY + LATER
    nobody = command("onboard", "nobody", *where, "--general-model", cwd=tmp_path)
    assert (nobody.returncode, "no messages of nobody" in nobody.stderr) == (2, True)
    assert cluster.count("messages.raw") == before


def _kept_for_later_workers(cluster: Cluster, where: tuple[str, ...], place: Path) -> None:
    """A new state version learns about the tenant, however old its mail is."""
    stranger = ("ingest", "later.mbox", *where, "--tenant", "nobody", "--onboarded")
    refused = command(*stranger, cwd=place)
    assert (refused.returncode, "nobody is not onboarded" in refused.stderr) == (2, True)
    before = cluster.count("messages.raw")
    made = ("topics", "create", *where, "--partitions", str(cluster.partitions))
    created = command(*made, "--state-version", "2", cwd=place)
    assert created.returncode == 0, created.stderr
    sent = cluster.count("messages.raw") - before
    people = cluster.count("tenants") - 1
    assert people > 0
    assert sent == people + cluster.partitions
    assert f"sent {people + 1} profiles and people to the new version" in created.stdout
