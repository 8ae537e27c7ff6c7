"""Exports the signals that a replay computed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import orjson

from detection_stream.export.dataset import Dataset
from detection_stream.export.pairs import TOPICS, stored_pairs
from detection_stream.replay.results import RecordedShards
from detection_stream.reporting import ReportProgress
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.outputs import Outputs

FOLDER = "signals"
"""Folder of the Parquet files, next to the replay's other results."""
NAMING = ("uid", "revision", "tenant", "message_id", "received_at")


def to_parquet(
    data: Path, out: Path, signals: tuple[str, ...], since: int, progress: ReportProgress
) -> int:
    """Write signals of a replay's directory as Parquet below ``out``; returns the row count."""
    with RecordedShards(data) as recorded:
        dataset = Dataset(out / FOLDER, recorded, TOPICS, None, signals, since)
        dataset.grow(progress)
        return dataset.contents.rows


def make_topic(connection: Connection, name: str, raw: str) -> None:
    """Create the topic of a back-fill, with the partition count of the raw messages.

    Its records are keyed by tenant and uid and compacted: a repeated back-fill replaces the first.

    Raises:
        TopicError: the broker refuses.
    """
    wanted = topics.Wanted(name, {"cleanup.policy": "compact"}, "signals computed later")
    counts = topics.partition_counts(connection)
    if name not in counts:
        topics.create(connection, [wanted], counts.get(raw, 1), -1)


def to_topic(
    data: Path, connection: Connection, topic: str, signals: Sequence[str], since: int
) -> int:
    """Produce a record for each message of a replay's directory; returns how many.

    Raises:
        StageError: the broker did not accept a record.
    """
    outputs = Outputs(connection, "detection-stream-backfill")
    count = 0
    with RecordedShards(data) as recorded:
        for verdict, attribution in stored_pairs(recorded):
            at = int(datetime.fromisoformat(verdict["received_at"]).timestamp() * 1_000)
            if at < since:
                continue
            found = {name: attribution["signals"].get(name) for name in signals}
            value = {name: verdict[name] for name in NAMING} | {"signals": found}
            key = f"{verdict['tenant']}\0{verdict['uid']}".encode()
            outputs.produce(topic, -1, key, orjson.dumps(value), at, None)
            count += 1
    outputs.confirm_all()
    outputs.close()
    return count
