"""The processes behind ``worker``: a single worker, or a supervisor of several."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from detection_stream.cli.web import web_settings
from detection_stream.errors import BrokerError, StageError
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.directories import held
from detection_stream.runtime.kafka.metrics import Metrics
from detection_stream.runtime.kafka.status import serve_status
from detection_stream.runtime.kafka.together import check_together, run_together
from detection_stream.runtime.kafka.worker import Worker
from detection_stream.runtime.topology import Topology
from detection_stream.web.service import WebSettings, serve_worker

log = logging.getLogger(__name__)

STOP_SECONDS = 10
"""Time that a worker gets for a clean shutdown."""
RESTART_SECONDS = (1, 2, 5, 10, 30)
"""Delays before a failed worker is restarted; the last one repeats."""
STEADY_SECONDS = 60
"""Uptime after which earlier failures no longer count."""
BROKER_SECONDS = (1, 2, 4, 8, 15, 30)
"""Retry delays while no broker answers at startup."""


@dataclass(frozen=True, slots=True)
class WebView:
    """Where a worker serves the web view; port 0 picks a free one."""

    host: str
    port: int
    access: Path | None
    snapshots: Path | None
    advertised: str


@dataclass(frozen=True, slots=True)
class Job:
    """Settings of one worker process: its topologies, data directory and status address.

    ``web`` is None without a web view.
    """

    topologies: Sequence[Blueprint]
    data: Path
    host: str
    port: int
    standbys: int
    web: WebView | None = None


def run_worker(connection: Connection, job: Job, parent: int) -> None:
    """Run in this process until told to stop or until ``parent`` (a process id) is gone.

    Raises:
        InputError: brokers, topics or the data directory cannot be used.
        StageError: the worker failed.
    """
    view = job.web
    where = web_settings(view.host, view.port, view.access, view.snapshots) if view else None
    flows = []
    for live in job.topologies:
        partitions = _wait_for_broker(connection, live.topology())
        flows.append(live.topology(partitions))
    check_together(flows)
    with held(job.data):
        metrics = Metrics()
        workers = [
            Worker(connection, flow, job.data, standbys=job.standbys, metrics=metrics)
            for flow in flows
        ]
        asyncio.run(_run(workers, partitions, job, where, parent))


def _wait_for_broker(connection: Connection, topology: Topology) -> int:
    """The topics' partition count, once a broker answers."""
    for seconds in BROKER_SECONDS:
        try:
            return topics.check(connection, topology)
        except BrokerError as error:
            log.warning("%s; trying again in %d s", error, seconds)
            time.sleep(seconds)
    return topics.check(connection, topology)


async def _run(
    workers: Sequence[Worker], partitions: int, job: Job, where: WebSettings | None, parent: int
) -> None:
    def stop() -> None:
        for worker in workers:
            worker.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serve_status(workers, job.host, job.port))
        names = " and ".join(worker.topology.name for worker in workers)
        log.info("%s works in %s, status at %s", names, job.data, url)
        shown = next((worker for worker in workers if worker.topology.has_topic("verdicts")), None)
        if job.web and where and shown:
            view = serve_worker(shown, partitions, job.data, where, job.web.advertised)
            log.info("web view at %s", await stack.enter_async_context(view))
        watcher = asyncio.create_task(_follow(parent, stop)) if parent else None
        await run_together(workers)
        if watcher:
            watcher.cancel()


async def _follow(parent: int, stop: Callable[[], None]) -> None:
    """Stop when the supervisor is gone, for whatever reason."""
    while os.getppid() == parent:
        await asyncio.sleep(1)
    stop()


class _Child:
    """One worker process, restarted when it fails."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._failures = 0
        self._next = 0.0
        self._began = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def keep_running(self) -> int | None:
        """Start it if due; returns an exit code that a restart cannot fix."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return None
            if code == 2:
                return code
            if time.monotonic() - self._began > STEADY_SECONDS:
                self._failures = 0
            wait = RESTART_SECONDS[min(self._failures, len(RESTART_SECONDS) - 1)]
            log.warning("a worker exited with %d; restarting in %d s", code, wait)
            self._failures += 1
            self._next = time.monotonic() + wait
            self.process = None
        if time.monotonic() >= self._next:
            self._began = time.monotonic()
            self.process = subprocess.Popen(self._command)
        return None


def supervise(commands: Sequence[list[str]]) -> None:
    """Keep one process running per command until told to stop.

    Raises:
        StageError: a worker failed in a way that a restart cannot fix.
    """
    children = [_Child(command) for command in commands]
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    broken = False
    while not stopping and not broken:
        broken = any(child.keep_running() is not None for child in children)
        time.sleep(0.2)
    _end([child.process for child in children if child.process])
    if broken:
        raise StageError("a worker cannot run; see its error above")


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            log.warning("worker %d did not exit within %d s", process.pid, STOP_SECONDS)
            process.kill()
