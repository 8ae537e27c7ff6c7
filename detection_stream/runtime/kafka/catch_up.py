"""Brings copies of state up to the current end of their changelogs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition

from detection_stream.errors import BrokerError
from detection_stream.reporting import ReportProgress
from detection_stream.runtime.kafka.changelog import ChangelogReader
from detection_stream.runtime.kafka.replica import META_KEY, Replica

Replicas = Mapping[TopicPartition, Replica]


async def catch_up(
    reader: ChangelogReader,
    replicas: Replicas,
    *,
    stalled_seconds: float,
    whole: bool = False,
    report: ReportProgress | None = None,
) -> int:
    """Apply committed records up to the current end of each changelog; returns their number.

    The end ignores transactions, so that an open one is not mistaken for it. With ``whole``,
    records are held back until the last one of their checkpoint arrives, and dropped if it does
    not: somebody may be writing one.

    Raises:
        BrokerError: a changelog stalls for ``stalled_seconds``.
    """
    partitions = list(replicas)
    starts, ends = await reader.starts(partitions), await reader.ends(partitions)
    positions = {tp: max(replica.position, starts[tp]) for tp, replica in replicas.items()}
    reader.read_from(positions)
    held: dict[TopicPartition, list[Any]] = {tp: [] for tp in partitions}
    done, moved_at = 0, time.monotonic()
    while behind := [tp for tp in partitions if positions[tp] < ends[tp]]:
        for tp, records in (await reader.fetch()).items():
            held[tp] += records
            ready = _whole(held[tp]) if whole else len(held[tp])
            done += replicas[tp].apply(held[tp][:ready])
            held[tp] = held[tp][ready:]
        now = {tp: await reader.position(tp) for tp in behind}
        if any(now[tp] != positions[tp] for tp in behind):
            moved_at = time.monotonic()
        positions |= now
        if report is not None:
            left = sum(max(ends[tp] - positions[tp], 0) for tp in behind)
            report(done, done + left)
        if time.monotonic() - moved_at > stalled_seconds:
            raise BrokerError(
                f"the changelog of {behind[0]} stalled for {stalled_seconds:.0f} s at "
                f"{positions[behind[0]]} of {ends[behind[0]]}; check the broker"
            )
    return done


def _whole(records: list[Any]) -> int:
    """How many records belong to complete checkpoints."""
    ended = [number for number, record in enumerate(records) if record.key == META_KEY]
    return ended[-1] + 1 if ended else 0
