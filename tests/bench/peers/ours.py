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
from detection_stream.runtime.embedded.log import Retention
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.topics import create, plan
from detection_stream.runtime.kafka.worker import Worker
from detection_stream.runtime.preparation import Prepare
from detection_stream.runtime.stage import PartitionInput, RecordOut
from detection_stream.runtime.topology import DAY, Topology
from detection_stream.state.partition import PartitionState, Transaction

SENT_DAY = window.day("sent")
ROW = RowType(version=1, fields=SENT_DAY.fields())


class CountStage:
    """Counts each sender's messages of the last day."""

    name: ClassVar[str] = "count"
    framed: ClassVar[bool] = False
    tables: ClassVar[tuple[str, ...]] = ("senders",)

    def __init__(self, output: str) -> None:
        self._output = output

    def columns(self, level: str) -> Mapping[str, type]:
        """Single records."""
        return {}

    def preparation(self) -> Prepare | None:
        """Nothing."""
        return None

    def open(self, state: PartitionState) -> None:
        """Nothing."""

    def pending(self, state: PartitionState, applied: int | None = None) -> int:
        """Nothing waits."""
        return 0

    def give_up(self, segments: Input, transaction: Transaction, reason: str) -> None:
        """Nobody waits."""

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
    flow = Topology("ours", dead_letters="ours-dead-letters")
    source = flow.topic("peers-input", Retention(DAY, 0), "messages")
    output = flow.topic("ours-output", Retention(DAY, 0), "counts")
    flow.topic("ours-dead-letters", Retention(DAY, 0), "failures")
    flow.stage(CountStage(output), reads=source, writes=(output,))
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
