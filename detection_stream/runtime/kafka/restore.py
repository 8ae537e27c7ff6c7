"""Restores partitions that a worker takes over."""

from __future__ import annotations

import logging

from detection_stream.reporting import ReportProgress
from detection_stream.runtime.kafka.catch_up import Replicas, catch_up
from detection_stream.runtime.kafka.changelog import ChangelogReader

log = logging.getLogger(__name__)

MAX_STALLED_SECONDS = 60.0
"""Seconds without progress after which a restore fails."""


async def restore(reader: ChangelogReader, replicas: Replicas, report: ReportProgress) -> None:
    """Apply committed records until every replica has reached the end of its changelog.

    Whoever calls has shut out earlier writers before.

    Raises:
        BrokerError: a changelog stalls.
    """
    if not replicas:
        return
    done = await catch_up(reader, replicas, stalled_seconds=MAX_STALLED_SECONDS, report=report)
    log.info("%d changelog records restored over %d partitions", done, len(replicas))
