"""Runs what the spools hold: in this process, or each spool in one of its own."""

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
from detection_stream.replay.feeding import Feeding, feed_spool
from detection_stream.runtime.embedded.running import running
from detection_stream.runtime.topology import Blueprint

POLL_SECONDS = 0.2
"""Seconds between two looks at how far the processes are."""


@dataclass(frozen=True, slots=True)
class Job:
    """One process of a replay: what it runs, where its spool and state are, where its results go.

    Messages received before ``since`` (milliseconds since 1970) update the state only. ``first``
    are records that stand before all others, by the name of their source.
    """

    blueprint: Blueprint
    data: Path
    out: Path
    since: int
    first: Mapping[str, tuple[RawRecord, ...]]
    helpers: int | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: messages fed now, those fed before it was stopped, and seconds.

    ``counts`` are the totals of each stage.
    """

    messages: int
    before: int
    seconds: float
    counts: dict[str, dict[str, int]]


async def run_shard(job: Job, feeding: Feeding) -> Replayed:
    """Run one spool to its end."""
    begin = time.perf_counter()
    topology = job.blueprint.topology()
    async with running(job.data, topology, job.out, job.since, helpers=job.helpers) as engine:
        fed, before = await feed_spool(engine, feeding, job.first)
    return Replayed(fed, before, time.perf_counter() - begin, engine.counts())


def run_apart(jobs: Sequence[Job], feeding: Feeding, stop: Event) -> Replayed:
    """Run each spool in a process of its own, until ``stop`` is set or one fails."""
    context = get_context("spawn")
    # For each process: messages fed, their total, and the time that it is at; then whether to stop.
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
    return Replayed(
        sum(part.messages for part in done),
        sum(part.before for part in done),
        max(part.seconds for part in done),
        {stage: dict(found) for stage, found in counts.items()},
    )


_shared: Any = None
"""In a process of a replay: where all of them note how far they are."""


def _share(states: Any) -> None:
    global _shared  # noqa: PLW0603 - the only way to hand shared memory to a pool's processes
    _shared = states


def _run(job: Job, number: int) -> Replayed:
    parent = os.getppid()

    def feeding(fed: int, total: int, at: int) -> None:
        if _shared[-1] or os.getppid() != parent:
            raise KeyboardInterrupt
        _shared[3 * number : 3 * number + 3] = [fed, total, at]

    helpers = job.helpers if job.helpers is not None else _helpers(len(_shared) // 3)
    alone = replace(job, helpers=helpers)
    try:
        return asyncio.run(run_shard(alone, feeding))
    finally:
        if os.getppid() != parent:
            # A pool's process waits for work for ever when nobody is there to give it any.
            os._exit(1)


def _helpers(processes: int) -> int:
    """Helpers of each process: what the cores leave beside the processes themselves."""
    return max(0, len(os.sched_getaffinity(0)) // processes - 1)
