"""Copies of the state that changelogs have committed, taken while workers go on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition

from detection_stream.errors import BrokerError
from detection_stream.runtime.kafka.changelog import ChangelogReader
from detection_stream.runtime.kafka.replica import META_KEY, Replica

STALLED_SECONDS = 120
"""Seconds without progress after which copying is given up: longer than a broker takes to abort the
transaction of a dead worker."""


async def copy_committed(
    reader: ChangelogReader, replicas: Mapping[TopicPartition, Replica]
) -> None:
    """Bring each replica to the last whole checkpoint before its changelog's present end.

    Nobody is shut out, so records come in the middle of a checkpoint: they are held back until the
    record that ends it is there, and left out if it is not.

    Raises:
        BrokerError: a changelog gives nothing though it should.
    """
    partitions = list(replicas)
    starts, ends = await reader.starts(partitions), await reader.ends(partitions)
    positions = {tp: max(replica.position, starts[tp]) for tp, replica in replicas.items()}
    reader.read_from(positions)
    held: dict[TopicPartition, list[Any]] = {tp: [] for tp in partitions}
    moved_at = time.monotonic()
    while behind := [tp for tp in partitions if positions[tp] < ends[tp]]:
        for tp, records in (await reader.fetch()).items():
            held[tp] += records
            whole = _whole(held[tp])
            replicas[tp].apply(held[tp][:whole])
            held[tp] = held[tp][whole:]
        now = {tp: await reader.position(tp) for tp in behind}
        if any(now[tp] != positions[tp] for tp in behind):
            moved_at = time.monotonic()
        positions |= now
        if time.monotonic() - moved_at > STALLED_SECONDS:
            raise BrokerError(
                f"the changelog of {behind[0]} gave nothing for {STALLED_SECONDS} s at "
                f"{positions[behind[0]]} of {ends[behind[0]]}; is the broker well?"
            )


def _whole(records: list[Any]) -> int:
    """How many records belong to checkpoints that are whole."""
    places = [place for place, record in enumerate(records) if record.key == META_KEY]
    return places[-1] + 1 if places else 0
