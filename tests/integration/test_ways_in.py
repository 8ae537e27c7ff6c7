"""Commands against a broker, as users type them."""

from __future__ import annotations

import json
import re
import signal
import smtplib
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from detection_stream.demo import generate
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from tests.cli.test_bad_input import command
from tests.integration.cluster import Cluster, WorkerProcess
from tests.integration.local_broker import free_port
from tests.topology.harness import demo
from tests.web.site import until

pytestmark = pytest.mark.slow

MESSAGES = [message.raw for message in generate(40, seed=4)]
WHO = ("--tenant", "demo", "--own-domain", "harborlight.example")


def test_from_topics_to_verdicts(connection: Connection, prefix: str, tmp_path: Path) -> None:
    broker = ("--broker", connection.servers, "--prefix", prefix)
    (tmp_path / "mail").mkdir()
    for number, raw in enumerate(MESSAGES):
        (tmp_path / "mail" / f"{number}.eml").write_bytes(raw)

    missing = command("ingest", "mail", *WHO, *broker, cwd=tmp_path)
    assert (missing.returncode, "topics create" in missing.stderr) == (2, True)
    planned = command("topics", "create", *broker, "--partitions", "3", "--dry-run", cwd=tmp_path)
    assert planned.stdout.count("would create") == 12
    made = command("topics", "create", *broker, "--partitions", "3", cwd=tmp_path)
    assert (made.returncode, made.stdout.count(f"created {prefix}")) == (0, 12)
    again = command("topics", "create", *broker, "--partitions", "3", cwd=tmp_path)
    assert again.stdout.count("exists: ") == 12
    other = command("topics", "create", *broker, "--partitions", "4", cwd=tmp_path)
    assert (other.returncode, "has 3 partitions, not 4" in other.stderr) == (2, True)

    worker = WorkerProcess(connection.servers, tmp_path / "w", "--prefix", prefix)
    worker.start()
    assert command("ingest", "mail", *WHO, *broker, cwd=tmp_path).returncode == 0
    assert command("ingest", "mail", *WHO, *broker, cwd=tmp_path).returncode == 0
    tail = command(
        "tail", "verdicts", *broker, "--from", "beginning", "--until-idle", "15", cwd=tmp_path
    )
    verdicts = [json.loads(line) for line in tail.stdout.splitlines()]
    run = command("run", "mail", *WHO, "--data", "d", "--out", "o", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    lines = (tmp_path / "o/verdicts.jsonl").read_text().splitlines()
    assert len(verdicts) == len(MESSAGES), "the second ingest should have been dropped as repeats"
    assert {v["uid"] for v in verdicts} == {json.loads(line)["uid"] for line in lines}

    address = re.findall(r"status at (http://[0-9.:]+)", worker.log())[-1]
    for page in ("healthz", "readyz"):
        assert urllib.request.urlopen(f"{address}/{page}").status == 200
    metrics = urllib.request.urlopen(f"{address}/metrics").read().decode()
    assert 'detection_stream_stage_count{stage="decision",what="verdicts"} 40.0' in metrics
    assert 'detection_stream_stage_count{stage="content",what="repeats"} 40.0' in metrics
    begin = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - begin < 30
    doctor = command("doctor", *broker, cwd=tmp_path)
    assert doctor.returncode == 0, doctor.stdout
    assert f"{prefix}messages.raw: 0 records not committed" in doctor.stdout


def test_smtp_says_yes_when_the_broker_has_it(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    broker = ("--broker", connection.servers, "--prefix", prefix)
    cluster = Cluster(connection, 1, prefix)
    port = free_port()
    log = tmp_path / "smtp.log"
    with log.open("wb") as lines:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "detection_stream", "smtp", *WHO, *broker),
                *("--smtp-port", str(port)),
            ],
            stderr=lines,
        )
    until(lambda: "SMTP at" in log.read_text())
    worker = WorkerProcess(connection.servers, tmp_path / "w", "--prefix", prefix)
    worker.start()
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        for raw in MESSAGES[:10]:
            client.sendmail("journal@harborlight.example", "archive@example.org", raw)
    server.send_signal(signal.SIGTERM)
    assert server.wait(60) == 0
    assert len(cluster.decided(10)) == 10
    worker.stop()


def test_two_workers_do_not_share_a_directory(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    broker = ("--broker", connection.servers, "--prefix", prefix)
    Cluster(connection, 1, prefix)
    worker = WorkerProcess(connection.servers, tmp_path / "w", "--prefix", prefix)
    worker.start()
    until(lambda: "works in" in worker.log())
    second = command("worker", *broker, "--data", tmp_path / "w", cwd=tmp_path)
    assert (second.returncode, "in use by another worker" in second.stderr) == (2, True)
    worker.stop()


def test_children_end_with_their_parent(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    Cluster(connection, 1, prefix)
    parent = WorkerProcess(connection.servers, tmp_path / "w", "--prefix", prefix, "--workers", "2")
    parent.start()
    until(lambda: parent.log().count("works in") == 2)
    assert parent.process
    number = parent.process.pid
    children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    assert len(children) == 2
    parent.kill()
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


def test_a_topic_made_anew_is_refused(connection: Connection, prefix: str, tmp_path: Path) -> None:
    broker = ("--broker", connection.servers, "--prefix", prefix)
    raw = f"{prefix}messages.raw"
    cluster = Cluster(connection, 1, prefix)
    worker = WorkerProcess(connection.servers, tmp_path / "w", "--prefix", prefix)
    worker.start()
    cluster.feed(demo(1))
    assert len(cluster.decided(1)) == 1
    worker.stop()
    topics.admin(connection).delete_topics([raw])[raw].result()
    until(lambda: raw not in topics.partition_counts(connection))
    Cluster(connection, 1, prefix)
    refused = command("worker", *broker, "--data", tmp_path / "w", cwd=tmp_path)
    assert refused.returncode == 1
    assert "the topic was re-created" in refused.stderr


def test_no_broker_and_bad_settings(tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    for name in ("doctor", "tail"):
        extra = ("verdicts",) if name == "tail" else ()
        done = command(name, *extra, "--broker", nowhere, cwd=tmp_path)
        assert (done.returncode, "no broker answers" in done.stderr) == (2, True)
    done = command("doctor", "--broker", "user:secret@host:9092", cwd=tmp_path)
    assert (done.returncode, "SASL_USERNAME" in done.stderr) == (2, True)
    assert command("worker", "--broker", "nonsense", cwd=tmp_path).returncode == 2
