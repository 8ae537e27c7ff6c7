"""Merges the state of all partitions into that of an embedded engine that has read nothing."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from detection_stream.errors import RecordError
from detection_stream.model.batch import Rows
from detection_stream.runtime.frames import INPUT, decode_frame, encode_frame
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.records import Batch, Record
from detection_stream.runtime.runner import Runner
from detection_stream.runtime.stage import Stage
from detection_stream.runtime.topology import StageNode
from detection_stream.state.database import Database, new_batch
from detection_stream.state.partition import (
    PROGRESS_KEY,
    PartitionState,
    progress_family,
    table_family,
)
from detection_stream.state.progress import Progress

ROWS = 10_000
"""Rows written at once."""


def merge(seed: Database, stage: Stage, part: PartitionState) -> None:
    """Copy the tables of one partition of a stage into partition 0 of the seed.

    What is in flight is left out.

    No key has different values in two partitions: entities live in one of them, and tenants are
    the same in all.
    """
    for name, table in part.tables.items():
        if name in stage.in_flight:
            continue
        family = seed.family(table_family(stage.name, name, 0))
        rows = table.items()
        while chunk := list(islice(rows, ROWS)):
            batch = new_batch()
            for key, value in chunk:
                batch.put(key, value, family.handle)
            seed.write(batch, sync=False)
    progress = seed.family(progress_family(stage.name, 0))
    clocks = Progress.decode(progress.get([PROGRESS_KEY])[0]).clocks
    for tenant, clock in part.progress.clocks.items():
        clocks[tenant] = max(clock, clocks.get(tenant, clock))
    batch = new_batch()
    batch.put(PROGRESS_KEY, Progress(clocks=clocks).encode(), progress.handle)
    seed.write(batch)


class _Nowhere:
    """Discards outputs that live has already written."""

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Discard it."""


def roll_forward(
    node: StageNode,
    database: Database,
    number: int,
    recorded: Recorded,
    cut: Mapping[str, int],
) -> None:
    """Apply recorded frames up to each sender's input ``cut``, and nothing after it."""
    topic = node.reads.name
    runner = Runner.open(node, database, number, _Nowhere())
    extent = recorded.extents(topic)[number]
    left = {number: range(runner.state.progress.applied + 1, extent.stop)}
    for _, records in recorded.read(topic, left):
        runner.apply(Batch(topic, number, [_until(record, cut) for record in records]))
        runner.state.save(database)


def _until(record: Record, cut: Mapping[str, int]) -> Record:
    """The record without the rows after its sender's cut."""
    try:
        frame = decode_frame(record.value)
    except RecordError:
        # The stage will dead-letter it, as it did live.
        return record
    end = cut.get(frame.sender, -1)
    if frame.tick is not None or frame.end <= end:
        return record
    blocks = []
    for level, columns in frame.blocks:
        keep = [row for row, at in enumerate(columns[INPUT]) if at <= end]
        if keep:
            kept = {name: [column[row] for row in keep] for name, column in columns.items()}
            blocks.append((level, Rows(len(keep), kept)))
    return record._replace(value=encode_frame(frame.sender, min(frame.start, end), end, blocks))
