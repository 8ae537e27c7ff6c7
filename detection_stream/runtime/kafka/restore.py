"""Brings replicas up to date with what their changelogs have committed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from aiokafka import TopicPartition

from detection_stream.errors import StageError
from detection_stream.runtime.kafka.changelog import ChangelogReader
from detection_stream.runtime.kafka.replica import Replica

log = logging.getLogger(__name__)

STALLED_SECONDS = 60
"""Seconds without a record or progress after which a restore gives up."""

Replicas = Mapping[TopicPartition, Replica]
Progress = Callable[[int, int], None]
"""Called with the records applied and those that are left, over all partitions."""


async def restore(reader: ChangelogReader, replicas: Replicas, progress: Progress) -> None:
    """Apply committed records until every replica has reached the end of its changelog.

    The end is taken without regard to transactions, so that an open one is not taken for the end;
    whoever calls has shut out earlier writers before.
    """
    if not replicas:
        return
    partitions = list(replicas)
    starts, ends = await reader.starts(partitions), await reader.ends(partitions)
    for partition, replica in replicas.items():
        if not replica.fits(starts[partition], ends[partition]):
            replica.start_over(
                f"it is at {replica.position}, its changelog holds {starts[partition]} to "
                f"{ends[partition]}"
            )
    reader.read_from({tp: max(replica.position, starts[tp]) for tp, replica in replicas.items()})
    await _catch_up(reader, replicas, ends, progress)


async def _catch_up(
    reader: ChangelogReader,
    replicas: Replicas,
    ends: Mapping[TopicPartition, int],
    progress: Progress,
) -> None:
    positions = {tp: replica.position for tp, replica in replicas.items()}
    done, moved_at = 0, time.monotonic()
    while behind := [tp for tp in replicas if positions[tp] < ends[tp]]:
        for partition, records in (await reader.fetch()).items():
            done += replicas[partition].apply(records)
        now = {tp: await reader.position(tp) for tp in behind}
        if any(now[tp] != positions[tp] for tp in behind):
            moved_at = time.monotonic()
        positions |= now
        progress(done, sum(max(ends[tp] - positions[tp], 0) for tp in behind))
        if time.monotonic() - moved_at > STALLED_SECONDS:
            raise StageError(
                f"the changelog of {behind[0]} gave nothing for {STALLED_SECONDS} s at "
                f"{positions[behind[0]]} of {ends[behind[0]]}; is the broker well?"
            )
    log.info("%d changelog records restored over %d partitions", done, len(replicas))
