"""A back-fill goes into a topic and into Parquet, the same in both."""

from __future__ import annotations

from pathlib import Path

import orjson
import pandas as pd
import pytest

from detection_stream.runtime.kafka.connection import Connection
from tests.cli.test_bad_input import command
from tests.integration.cluster import Cluster
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

SIGNALS = ("sender.messages_30d", "pair.first_contact")


def test_into_a_topic_and_parquet(connection: Connection, prefix: str, tmp_path: Path) -> None:
    where = ("--broker", connection.servers, "--prefix", prefix)
    cluster = Cluster(connection, 2, prefix)
    cluster.feed(demo(200))
    cluster.outputs.confirm_all()
    names = [word for name in SIGNALS for word in ("--signal", name)]
    topic = f"{prefix}back-fill"
    run = command("replay", *where, *names, "--topic", topic, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    found = [orjson.loads(value) for value in cluster.values("back-fill")]
    assert len(found) == 200
    frame = pd.read_parquet(tmp_path / "replay-out" / "signals").set_index("uid")
    assert len(frame) == 200
    for record in found:
        for name in SIGNALS:
            stored = frame.loc[record["uid"], name]
            value = record["signals"][name]
            assert pd.isna(stored) if value is None else stored == value
    live = ("--topic", f"{prefix}verdicts")
    refused = command("replay", *where, *names, *live, "--data", "other", cwd=tmp_path)
    assert (refused.returncode, "belongs to the workers" in refused.stderr) == (2, True)
    unknown = command("replay", *where, "--signal", "sender.mood", "--data", "other", cwd=tmp_path)
    assert (unknown.returncode, "sender.mood: unknown" in unknown.stderr) == (2, True)
    assert not (tmp_path / "other").exists()
