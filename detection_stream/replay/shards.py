"""Runs the spools in this process, or each in its own process."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from typing import Any

from detection_stream.ingest.raw_records import RawRecord
from detection_stream.replay.feeding import feed_spool
from detection_stream.reporting import ReportFeed
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.embedded.running import running

POLL_SECONDS = 0.2
"""Seconds between progress checks of the processes."""


@dataclass(frozen=True, slots=True)
class ShardTask:
    """One process of a replay: the directories of its spool, its state and its results.

    Messages received before ``since`` (milliseconds since 1970) update the state only. ``first``
    are records that precede all others, by the name of their source.
    """

    blueprint: Blueprint
    data: Path
    out: Path
    since: int
    first: Mapping[str, tuple[RawRecord, ...]]
    readers: int | None


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """Result of a replay: messages fed now, messages fed before an interruption, and seconds.

    ``counts`` are the totals of each stage.
    """

    messages: int
    before: int
    seconds: float
    counts: dict[str, dict[str, int]]


async def run_shard(job: ShardTask, feeding: ReportFeed) -> ReplayResult:
    """Run one spool to its end."""
    begin = time.perf_counter()
    topology = job.blueprint.topology()
    async with running(job.data, topology, job.out, job.since, readers=job.readers) as engine:
        fed, before = await feed_spool(engine, feeding, job.first)
    return ReplayResult(fed, before, time.perf_counter() - begin, engine.counts())


def run_apart(jobs: Sequence[ShardTask], feeding: ReportFeed, stop: Event) -> ReplayResult:
    """Run each spool in its own process, until ``stop`` is set or one fails."""
    context = get_context("spawn")
    # Per process: messages fed, their total, and the time reached; then whether to stop.
    states = context.Array("q", 3 * len(jobs) + 1)
    with ProcessPoolExecutor(
        len(jobs), mp_context=context, initializer=_share, initargs=(states,)
    ) as pool:
        futures = [pool.submit(_run, job, n) for n, job in enumerate(jobs)]
        try:
            while wait(futures, POLL_SECONDS, FIRST_EXCEPTION).not_done:
                if stop.is_set():
                    raise KeyboardInterrupt
                for future in futures:
                    if future.done():
                        future.result()
                fed, totals, times = (states[n:-1:3] for n in range(3))
                feeding(sum(fed), sum(totals), min((at for at in times if at), default=0))
        except BaseException:
            states[-1] = 1
            raise
        done = [future.result() for future in futures]
    counts: dict[str, Counter[str]] = {}
    for part in done:
        for stage, found in part.counts.items():
            counts.setdefault(stage, Counter()).update(found)
    return ReplayResult(
        sum(part.messages for part in done),
        sum(part.before for part in done),
        max(part.seconds for part in done),
        {stage: dict(found) for stage, found in counts.items()},
    )


_shared: Any = None
"""In a replay's process: the shared progress of all processes."""


def _share(states: Any) -> None:
    global _shared  # noqa: PLW0603 - the only way to hand shared memory to a pool's processes
    _shared = states


def _run(job: ShardTask, number: int) -> ReplayResult:
    parent = os.getppid()

    def feeding(fed: int, total: int, at: int) -> None:
        if _shared[-1] or os.getppid() != parent:
            raise KeyboardInterrupt
        _shared[3 * number : 3 * number + 3] = [fed, total, at]

    alone = replace(job, readers=job.readers or _readers(len(_shared) // 3))
    try:
        return asyncio.run(run_shard(alone, feeding))
    finally:
        if os.getppid() != parent:
            # A pool's process would wait forever for work without its parent.
            os._exit(1)


def _readers(processes: int) -> int:
    """Readers per process: the cores not used by the processes themselves, at least one."""
    return max(1, len(os.sched_getaffinity(0)) // processes - 1)
