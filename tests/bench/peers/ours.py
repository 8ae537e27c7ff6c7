"""The job as a stage of this project."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import orjson

from detection_stream.model.batch import number, occurrence_rounds
from detection_stream.profiles import window
from detection_stream.profiles.row import RowType
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.topics import create, plan
from detection_stream.runtime.kafka.worker import Worker
from detection_stream.runtime.stage import PartitionInput, RecordOut, Stage
from detection_stream.runtime.topic import DAY, Retention
from detection_stream.runtime.topology import Topology
from detection_stream.state.description import TableDescription
from detection_stream.state.partition import Transaction

SENT_DAY = window.day("sent", "sent")
ROW = RowType(version=1, blocks=(SENT_DAY,))


class CountStage(Stage):
    """Counts each sender's messages of the last day."""

    name: ClassVar[str] = "count"
    framed: ClassVar[bool] = False
    tables: Mapping[str, TableDescription] = {
        "senders": TableDescription("a sender", "messages of the last day", "for good")
    }

    def __init__(self, output: str) -> None:
        self._output = output

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Count each partition's batch."""
        for segments, transaction in inputs:
            self._count(segments, transaction)

    def _count(self, segments: Input, transaction: Transaction) -> None:
        records = segments[0].blocks["record"]
        messages = [orjson.loads(value) for value in records["value"]]
        seconds = np.array([message["at"] for message in messages], dtype=np.int64) // 1_000
        keys, entities = number(message["sender"].encode() for message in messages)
        rows = ROW.decode(transaction.get("senders", keys))
        counts = np.zeros(len(messages))
        for chosen in occurrence_rounds(entities):
            current, at = rows[entities[chosen]], seconds[chosen]
            SENT_DAY.add(current, at)
            counts[chosen] = SENT_DAY.count(current, at)
            rows[entities[chosen]] = current
        transaction.put("senders", dict(zip(keys, ROW.encode(rows), strict=True)))
        for key, message, count in zip(records["key"], messages, counts.tolist(), strict=True):
            projected = {"sender": message["sender"], "at": message["at"], "count": int(count)}
            transaction.outputs.append(RecordOut(self._output, key, orjson.dumps(projected), 0))


def topology() -> Topology:
    """One stage between two topics."""
    flow, kept = Topology("ours"), Retention(DAY, 0)
    source = flow.add_source(
        "messages", "peers-input", id=1, retention=kept, description="messages"
    )
    output = flow.add_output("ours-output", kept, "counts", named_by=("sender", "at"))
    flow.add_dead_letters(kept, "failures", key="ours-dead-letters")
    flow.add_stage(CountStage(output.name), reads=source, writes=(output,))
    return flow


async def main(address: str, state: str, partitions: int) -> None:
    """Run until told to stop."""
    connection = Connection(address)
    flow = topology()
    create(connection, plan(connection, flow, partitions).create, partitions, 1)
    worker = Worker(connection, flow, Path(state))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
