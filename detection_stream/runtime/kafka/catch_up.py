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


Offsets = dict[TopicPartition, int]


async def follow(reader: ChangelogReader, replicas: Replicas) -> tuple[Offsets, Offsets]:
    """Read on from where each replica is; returns these offsets and the ends of the changelogs.

    A replica that does not match its changelog starts over. The ends are taken without regard to
    transactions, so that an open one is not taken for the end.
    """
    partitions = list(replicas)
    starts = await reader.starts(partitions) if partitions else {}
    ends = await reader.ends(partitions) if partitions else {}
    for tp, replica in replicas.items():
        if not replica.fits(starts[tp], ends[tp]):
            replica.start_over(
                f"it is at {replica.position}, its changelog holds {starts[tp]} to {ends[tp]}"
            )
    positions = {tp: max(replica.position, starts[tp]) for tp, replica in replicas.items()}
    reader.read_from(positions)
    return positions, ends


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
    positions, ends = await follow(reader, replicas)
    partitions = list(replicas)
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
