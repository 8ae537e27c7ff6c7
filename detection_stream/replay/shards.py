"""Runs what the spools hold: in this process, or each spool in one of its own."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from typing import Any

from detection_stream.ingest.raw_records import RawRecord
from detection_stream.replay.spool import Spool
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.embedded.sink import FileSink
from detection_stream.runtime.topology import Topology
from topologies import TOPOLOGIES, message_detection

FEED_RECORDS = 256
"""Messages fed before the stages get their turn."""
POLL_SECONDS = 0.2
"""Seconds between two looks at how far the processes are."""

Progress = Callable[[int, int, int], None]
"""Called with the messages fed, their total, and the time (milliseconds) that the replay is at."""
_FED = b"fed"


@dataclass(frozen=True, slots=True)
class Job:
    """One process of a replay: where its spool and state are, and where its results go.

    Messages received before ``since`` (milliseconds since 1970) update the state only.
    """

    data: Path
    out: Path
    since: int
    first: tuple[RawRecord, ...]
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


async def run_shard(job: Job, topology: Topology, feeding: Progress) -> Replayed:
    """Run one spool to its end."""
    engine = Engine(job.data, topology, helpers=job.helpers)
    sinks = FileSink.each(engine, message_detection.OUTPUTS, job.out, job.since)
    begin = time.perf_counter()
    try:
        await engine.start()
        fed, before = await _feed(engine, topology.stages[0][1], feeding, job.first)
    finally:
        await engine.stop()
        for sink in sinks:
            sink.close()
    counts = {r.stage.name: dict(r.state.progress.counts) for r in engine.runners.values()}
    return Replayed(fed, before, time.perf_counter() - begin, counts)


def run_apart(jobs: Sequence[Job], topology: str, feeding: Progress, stop: Event) -> Replayed:
    """Run each spool in a process of its own, until ``stop`` is set or one fails."""
    context = get_context("spawn")
    # For each process: messages fed, their total, and the time that it is at; then whether to stop.
    states = context.Array("q", 3 * len(jobs) + 1)
    with ProcessPoolExecutor(
        len(jobs), mp_context=context, initializer=_share, initargs=(states,)
    ) as pool:
        futures = [pool.submit(_run, job, topology, n) for n, job in enumerate(jobs)]
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


def _run(job: Job, topology: str, number: int) -> Replayed:
    parent = os.getppid()

    def feeding(fed: int, total: int, at: int) -> None:
        if _shared[-1] or os.getppid() != parent:
            raise KeyboardInterrupt
        _shared[3 * number : 3 * number + 3] = [fed, total, at]

    helpers = job.helpers if job.helpers is not None else _helpers(len(_shared) // 3)
    alone = replace(job, helpers=helpers)
    try:
        return asyncio.run(run_shard(alone, TOPOLOGIES[topology](1, "", 1), feeding))
    finally:
        if os.getppid() != parent:
            # A pool's process waits for work for ever when nobody is there to give it any.
            os._exit(1)


def _helpers(processes: int) -> int:
    """Helpers of each process: what the cores leave beside the processes themselves."""
    return max(0, len(os.sched_getaffinity(0)) // processes - 1)


class _Fed:
    """How far the spool was fed, in every checkpoint."""

    def __init__(self, engine: Engine) -> None:
        self._family = engine.database.family("replay:meta")
        stored = self._family.get([_FED])[0] or b""
        self.place, self.count = stored[8:], int.from_bytes(stored[:8])
        engine.on_checkpoint(self)

    def write(self, batch: Any) -> None:
        """Add to a checkpoint."""
        batch.put(_FED, self.count.to_bytes(8) + self.place, self._family.handle)

    def settle(self) -> None:
        """Nothing is to do after a checkpoint."""


async def _feed(
    engine: Engine, topic: str, progress: Progress, first: Sequence[RawRecord]
) -> tuple[int, int]:
    """Feed what is left of the spool; returns the messages fed now and before."""
    spool, log, fed = Spool(engine.database), engine.log(topic, 0), _Fed(engine)
    before = fed.count
    if not before:
        for preface in first:
            log.append(*preface)
    for place, record in spool.records(fed.place):
        at = int.from_bytes(place[:8])
        log.append(record.key, record.value, at, dict(record.headers))
        fed.place = place
        fed.count += 1
        if fed.count % FEED_RECORDS == 0:
            progress(fed.count, spool.taken, at)
            await engine.give_way(topic)
    engine.arrived.set()
    await engine.wait_idle()
    progress(fed.count, spool.taken, 0)
    return fed.count - before, before
