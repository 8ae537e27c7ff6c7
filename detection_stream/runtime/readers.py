"""The readers of an engine or a worker: records go to them before a stage applies them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from detection_stream.model.batch import Rows
from detection_stream.runtime.inputs import Segment
from detection_stream.runtime.preparation import Prepare
from detection_stream.runtime.prepared import Place, Prepared, pieces, places
from detection_stream.runtime.reader import USUAL_LIMITS, Limits, Reader, ReaderAnswer, ReaderEnded
from detection_stream.runtime.stage import Rejected

log = logging.getLogger(__name__)

MAX_READERS = 3
"""Beyond this many readers the process that they read for is the bottleneck."""
MAX_ENDED = 2
"""Processes that a record may end before it is rejected: once may be another's fault."""


def default_readers() -> int:
    """One per core, at most ``MAX_READERS``."""
    return min(len(os.sched_getaffinity(0)), MAX_READERS)


class Readers:
    """Reader processes for one function; at least one.

    They have no state: one that ends is replaced, and what it was reading is read again.
    """

    def __init__(self, prepare: Prepare, count: int, limits: Limits | None = None) -> None:
        self._prepare = prepare
        self._limits = limits or USUAL_LIMITS
        self._idle: list[Reader] = []
        self._all: set[Reader] = set()
        self._closed = False
        # A thread waits for each, so that the event loop need not.
        self._threads = ThreadPoolExecutor(max(count, 1), "reader")
        for _ in range(max(count, 1)):
            # Start the processes now, while the inputs are still opened.
            self._threads.submit(lambda: self._idle.append(self._start()))

    async def read(self, rows: Rows) -> Prepared:
        """Read single records, of one partition or several.

        A record that ends the process that reads it, twice and alone, is rejected.

        Raises:
            StageError: no reader starts.
        """
        answers = await asyncio.gather(*(self._read(piece) for piece in pieces(rows)))
        results = tuple(result for made, _ in answers for result in made)
        rejected = {place: why for _, failed in answers for place, why in failed.items()}
        return Prepared(results, rejected, dict(zip(places(rows), rows["headers"], strict=True)))

    def read_now(self, rows: Rows) -> Prepared:
        """Like ``read``, for callers without an event loop."""
        return asyncio.run(self.read(rows))

    def close(self) -> None:
        """End the readers, whatever they read."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for reader in list(self._all):
            reader.process.kill()
        self._threads.shutdown()
        for reader in self._all:
            reader.end()

    async def _read(self, rows: Rows) -> ReaderAnswer:
        if len(rows) == 1:
            return await self._read_alone(rows)
        try:
            return await self._ask(rows)
        except ReaderEnded as ended:
            log.warning("%d records: %s; reading them one by one", len(rows), ended)
        # Each by itself: every process lost costs more than many records.
        single = (rows.slice(row, row + 1) for row in range(len(rows)))
        return _together(await asyncio.gather(*map(self._read_alone, single)))

    async def _read_alone(self, row: Rows) -> ReaderAnswer:
        for _ in range(MAX_ENDED):
            try:
                return await self._ask(row)
            except ReaderEnded as error:
                ended = error
        (place,) = places(row)
        reason = f"cannot be read: {ended}, {MAX_ENDED} times"
        return [], {place: Rejected(reason, "decode")}

    async def _ask(self, rows: Rows) -> ReaderAnswer:
        if self._closed:
            raise asyncio.CancelledError
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, rows)

    def _answer(self, rows: Rows) -> ReaderAnswer:
        """Runs in a thread; there are as many of them as readers."""
        reader = self._idle.pop() if self._idle else self._start()
        try:
            answer = reader.ask([Segment({"record": rows})])
        except ReaderEnded:
            self._all.discard(reader)
            raise
        self._idle.append(reader)
        return answer

    def _start(self) -> Reader:
        reader = Reader(self._prepare, self._limits)
        self._all.add(reader)
        if self._closed:
            reader.process.kill()
        return reader


def _together(answers: Sequence[ReaderAnswer]) -> ReaderAnswer:
    results: list[Any] = []
    rejected: dict[Place, Rejected] = {}
    for made, failed in answers:
        results += made
        rejected |= failed
    return results, rejected
