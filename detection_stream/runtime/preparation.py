"""Helper processes that compute the stateless part of a stage.

An embedded engine is one process with one log; helpers let it use the other cores.
They are stateless: if one dies, the engine's own process does its work.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from detection_stream.runtime.inputs import Input
from detection_stream.runtime.memory import tune_memory

log = logging.getLogger(__name__)

Prepare = Callable[[Input], Any]
"""A pure function of an input; its result is passed to the stage."""

MAX_HELPERS = 3
"""Beyond this many helpers the engine's own process is the bottleneck."""


def default_helpers() -> int:
    """One per additional core, at most ``MAX_HELPERS``."""
    cores = len(os.sched_getaffinity(0))
    return min(cores, MAX_HELPERS) if cores > 1 else 0


class Helpers:
    """Helper processes for one function, each driven by its own thread."""

    def __init__(self, prepare: Prepare, count: int) -> None:
        self._prepare = prepare
        self._processes: list[Any] = []
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(count, "helper", initializer=self._start)
        for _ in range(count):
            # Start the processes now, while the engine still reads its inputs.
            self._threads.submit(lambda: None)

    def submit(self, segments: Input) -> Future[Any]:
        """Prepare an input; returns None if the engine must do it itself."""
        return self._threads.submit(self._ask, segments)

    def close(self) -> None:
        """End the helpers."""
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.terminate()
            process.join()

    def _start(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._prepare), daemon=True)
        process.start()
        theirs.close()
        self._processes.append(process)
        self._local.connection = ours

    def _ask(self, segments: Input) -> Any:
        connection = self._local.connection
        if connection is None:
            return None
        try:
            connection.send(segments)
            return connection.recv()
        except (EOFError, OSError) as error:
            log.warning("a helper process ended (%r); continuing without it", error)
            self._local.connection = None
            return None


def _serve(connection: Connection, prepare: Prepare) -> None:
    """Main loop of a helper; ends with the engine."""
    tune_memory()
    while True:
        try:
            segments = connection.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        try:
            result = prepare(segments)
        except Exception:
            # The engine will hit the same failure and bisect the batch.
            result = None
        connection.send(result)
