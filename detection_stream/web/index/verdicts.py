"""A member's verdict index; it follows the topic while somebody is looking."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from detection_stream.web.fair_thread import ASKER, FairThread
from detection_stream.web.index.schema import open_index
from detection_stream.web.index.writing import digest, write
from detection_stream.web.members.host import Host, held_of, read_one
from detection_stream.web.members.queries import IndexState

log = logging.getLogger(__name__)

LOOKED_SECONDS = 120.0
"""How long the index is kept up to date after a query."""
FOLLOW_SECONDS = 1.0
"""Seconds between polls of the topic."""
MAX_WAIT_SECONDS = 2.0
"""How long a query waits for a lagging index before it gets a partial answer."""
MAX_BUSY_WAIT_SECONDS = 0.2
"""The same if waiting helps little: it was just up to date, or the stages lag."""
MAX_FRESH_SECONDS = 10.0
MAX_SKIPPED_OFFSETS = 1_000
"""Offsets skipped at once if they hold no record."""
MAX_STAGE_LAG = 1_000
"""Lag of the stages above which the index yields to them."""
PAUSE_SHARE = 1.0
"""Pause after each chunk, relative to the time it took."""
BEHIND_SHARE = 60.0
"""The same while the stages lag: they have priority."""
MAX_PAUSE_SECONDS = 5.0
"""Longest pause."""

MAX_QUERY_SECONDS = 4.0
"""Maximum time of one query; others wait for it."""
SQLITE_STEPS = 50_000
"""SQLite steps between clock checks."""

T = TypeVar("T")


class Found(NamedTuple, Generic[T]):
    """The index's answer for these partitions, and how complete it was."""

    said: T
    partitions: list[int]
    state: IndexState


class VerdictIndex:
    """Verdicts of the partitions that a host holds, in a file next to its state.

    It reads nothing unless queried, so it costs a busy worker nothing.
    """

    def __init__(self, host: Host, file: Path) -> None:
        self._host = host
        self._connection = open_index(file)
        # One thread owns the connection, so nothing uses it after it is closed.
        self._thread = FairThread("verdict-index")
        self._asked_at = -LOOKED_SECONDS
        self._current_at = -MAX_FRESH_SECONDS
        self._wake = asyncio.Event()
        self._moved = asyncio.Condition()
        self._checked: set[int] = set()
        self._complained = ""
        self._ends: dict[int, int] = {}
        self._next: dict[int, int] = dict(
            self._connection.execute("SELECT partition, next FROM place")
        )

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run a function with the connection, when it is its session's turn."""
        return await self._thread.run(ASKER.get(), work, self._connection, *arguments)

    @property
    def topic(self) -> str:
        """The indexed topic."""
        return self._host.topology.topic("verdicts").name

    def partitions(self) -> list[int]:
        """The partitions of verdicts whose stage the host holds."""
        return held_of(self._host, self._host.topology.writer("verdicts"))

    def state(self) -> IndexState:
        """Progress of the index over the partitions held."""
        held = self.partitions()
        total = sum(self._ends.get(number, 0) for number in held)
        done = sum(min(self._next.get(number, 0), self._ends.get(number, 0)) for number in held)
        return IndexState(done, total, self._checked.issuperset(held))

    async def ask(self, question: Callable[[sqlite3.Connection, list[int]], T]) -> Found[T]:
        """Answer a query about the partitions held now, after a short wait to catch up."""
        self._asked_at = time.monotonic()
        self._wake.set()
        lately = self.state().known and self._asked_at - self._current_at < MAX_FRESH_SECONDS
        patience = MAX_BUSY_WAIT_SECONDS if lately or self._stages_behind() else MAX_WAIT_SECONDS
        try:
            async with asyncio.timeout(patience):
                await self._caught_up()
        except TimeoutError:
            log.debug("the index is behind: %s", self.state())
        partitions, state = self.partitions(), self.state()
        return Found(await self._run(_within, question, partitions), partitions, state)

    async def _extents(self) -> dict[int, range]:
        """The topic's current offsets, by partition."""
        found = await self._host.extents([(self.topic, number) for number in self.partitions()])
        extents = {number: extent for (_, number), extent in found.items()}
        self._ends |= {number: extent.stop for number, extent in extents.items()}
        return extents

    async def _caught_up(self) -> None:
        await self._extents()
        async with self._moved:
            await self._moved.wait_for(
                lambda: all(
                    number in self._checked
                    and self._next.get(number, 0) >= self._ends.get(number, 0)
                    for number in self.partitions()
                )
            )

    async def follow(self) -> None:
        """Keep reading forever; failures are retried."""
        while True:
            self._wake.clear()
            if time.monotonic() - self._asked_at > LOOKED_SECONDS:
                await self._wake.wait()
            if await self._follow_all():
                self._current_at = time.monotonic()
            async with self._moved:
                self._moved.notify_all()
            try:
                async with asyncio.timeout(FOLLOW_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _follow_all(self) -> bool:
        """Whether all partitions could be read."""
        complete = True
        try:
            extents = await self._extents()
        except Exception as error:
            self._complain(error)
            return False
        for number, extent in extents.items():
            try:
                await self._follow(number, extent)
            except Exception as error:
                # Keep reading the others.
                self._complain(error)
                complete = False
        return complete

    def _complain(self, error: Exception) -> None:
        """Log once: it is retried every second."""
        if str(error) != self._complained:
            self._complained = str(error)
            log.warning("could not update the verdict index: %s", error)

    async def _follow(self, number: int, extent: range) -> None:
        if number not in self._checked:
            await self._check(number, extent)
        at = max(self._next.get(number, 0), extent.start)
        while at < extent.stop:
            begin = time.monotonic()
            records = await self._host.read(self.topic, number, range(at, extent.stop))
            if not records:
                # Compaction or transaction markers: these offsets hold no records.
                at = self._next[number] = min(at + MAX_SKIPPED_OFFSETS, extent.stop)
                continue
            await self._run(write, number, records)
            at = self._next[number] = records[-1].offset + 1
            share = BEHIND_SHARE if self._stages_behind() else PAUSE_SHARE
            await asyncio.sleep(min((time.monotonic() - begin) * share, MAX_PAUSE_SECONDS))

    def _stages_behind(self) -> bool:
        return sum(held.lag for held in self._host.held()) > MAX_STAGE_LAG

    async def _check(self, number: int, extent: range) -> None:
        """Start over if the topic was re-created."""
        found = await self._run(_position, number)
        if found is not None and not await self._is_same(number, extent, *found):
            log.warning("%s/%d was re-created; rebuilding its index", self.topic, number)
            await self._run(_forget)
            self._next.clear()
        self._checked.add(number)

    async def _is_same(self, number: int, extent: range, after: int, last: str) -> bool:
        if after > extent.stop:
            return False
        if after - 1 not in extent:
            return True
        record = await read_one(self._host, self.topic, number, after - 1)
        return record is not None and digest(record) == last

    def close(self) -> None:
        """Close the file once nothing uses it."""
        self._connection.interrupt()
        self._thread.close()
        self._connection.close()


def _within(
    connection: sqlite3.Connection,
    question: Callable[[sqlite3.Connection, list[int]], T],
    partitions: list[int],
) -> T:
    """Run a query, with a time limit.

    Raises:
        TimeoutError: it took too long.
    """
    deadline = time.monotonic() + MAX_QUERY_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, SQLITE_STEPS)
    try:
        return question(connection, partitions)
    except sqlite3.OperationalError as error:
        if time.monotonic() > deadline:
            raise TimeoutError from error
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _position(connection: sqlite3.Connection, partition: int) -> tuple[int, str] | None:
    found: tuple[int, str] | None = connection.execute(
        "SELECT next, last FROM place WHERE partition = ?", (partition,)
    ).fetchone()
    return found


def _forget(connection: sqlite3.Connection) -> None:
    for table in ("verdict", "recipient", "fired", "daily", "place"):
        connection.execute(f"DELETE FROM {table}")
