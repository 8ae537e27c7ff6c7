"""The index of a member's verdicts: follows the topic as long as somebody looks."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from detection_stream.web.index.schema import open_index
from detection_stream.web.index.writing import digest, write
from detection_stream.web.members.host import Host, held_of, read_one
from detection_stream.web.members.queries import IndexState

log = logging.getLogger(__name__)

LOOKED_SECONDS = 120.0
"""Seconds for which the index is kept up to date after it was asked."""
FOLLOW_SECONDS = 1.0
"""Seconds between two looks at the topic."""
PATIENCE_SECONDS = 2.0
"""Seconds that a question waits for an index that is behind; then it gets what there is."""
BUSY_SECONDS = 0.2
"""The same where waiting is of little use: it was up to date lately, or the stages are behind."""
LATELY_SECONDS = 10.0
SKIP_RECORDS = 1_000
"""Offsets that are passed over when there is no record at them."""
BEHIND_RECORDS = 1_000
"""Records that the stages may be behind before the index makes way for them."""
PAUSE_SHARE = 1.0
"""Pause after each piece, as a share of the time it took."""
BEHIND_SHARE = 60.0
"""The same while the stages are behind: what they do matters more."""
PAUSE_SECONDS = 5.0
"""Longest pause."""

QUESTION_SECONDS = 4.0
"""Longest time that one question takes; others wait for it."""
STEPS = 50_000
"""Steps of SQLite between two looks at the clock."""

T = TypeVar("T")


class Found(NamedTuple, Generic[T]):
    """What the index says of these partitions, and how far it was."""

    said: T
    partitions: list[int]
    state: IndexState


class VerdictIndex:
    """Verdicts of the partitions that a host holds, in a file beside its state.

    Nothing is read while nobody asks, so that it costs a busy worker nothing.
    """

    def __init__(self, host: Host, file: Path) -> None:
        self._host = host
        self._connection = open_index(file)
        # One thread has the connection, so that none is left using it when it is closed.
        self._thread = ThreadPoolExecutor(1, "verdict-index")
        self._asked_at = -LOOKED_SECONDS
        self._current_at = -LATELY_SECONDS
        self._wake = asyncio.Event()
        self._moved = asyncio.Condition()
        self._checked: set[int] = set()
        self._complained = ""
        self._ends: dict[int, int] = {}
        self._next: dict[int, int] = dict(
            self._connection.execute("SELECT partition, next FROM place")
        )

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do something with the connection."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, self._connection, *arguments)

    @property
    def topic(self) -> str:
        """The topic that is indexed."""
        return self._host.topology.topic("verdicts").name

    def partitions(self) -> list[int]:
        """The partitions of verdicts whose stage the host holds."""
        return held_of(self._host, self._host.topology.writer("verdicts"))

    def state(self) -> IndexState:
        """How far the index is, over the partitions held."""
        held = self.partitions()
        total = sum(self._ends.get(number, 0) for number in held)
        done = sum(min(self._next.get(number, 0), self._ends.get(number, 0)) for number in held)
        return IndexState(done, total, self._checked.issuperset(held))

    async def ask(self, question: Callable[[sqlite3.Connection, list[int]], T]) -> Found[T]:
        """Answer a question about the partitions held now, after a moment to catch up."""
        self._asked_at = time.monotonic()
        self._wake.set()
        lately = self.state().known and self._asked_at - self._current_at < LATELY_SECONDS
        patience = BUSY_SECONDS if lately or self._stages_behind() else PATIENCE_SECONDS
        try:
            async with asyncio.timeout(patience):
                await self._caught_up()
        except TimeoutError:
            log.debug("the index is behind: %s", self.state())
        partitions, state = self.partitions(), self.state()
        return Found(await self._run(_within, question, partitions), partitions, state)

    async def _extents(self) -> dict[int, range]:
        """What the topic holds now, by partition."""
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
        """Read on for ever; what fails is tried again."""
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
        """Whether all partitions could be read on."""
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
                # The others are read on all the same.
                self._complain(error)
                complete = False
        return complete

    def _complain(self, error: Exception) -> None:
        """Say it once: it is tried again every second."""
        if str(error) != self._complained:
            self._complained = str(error)
            log.warning("the index of verdicts could not be brought up to date: %s", error)

    async def _follow(self, number: int, extent: range) -> None:
        if number not in self._checked:
            await self._check(number, extent)
        at = max(self._next.get(number, 0), extent.start)
        while at < extent.stop:
            begin = time.monotonic()
            records = await self._host.read(self.topic, number, range(at, extent.stop))
            if not records:
                # Compaction or markers of transactions: there is nothing at these offsets.
                at = self._next[number] = min(at + SKIP_RECORDS, extent.stop)
                continue
            await self._run(write, number, records)
            at = self._next[number] = records[-1].offset + 1
            share = BEHIND_SHARE if self._stages_behind() else PAUSE_SHARE
            await asyncio.sleep(min((time.monotonic() - begin) * share, PAUSE_SECONDS))

    def _stages_behind(self) -> bool:
        return sum(held.lag for held in self._host.held()) > BEHIND_RECORDS

    async def _check(self, number: int, extent: range) -> None:
        """Begin anew when the topic is not the one that was read."""
        found = await self._run(_place, number)
        if found is not None and not await self._is_same(number, extent, *found):
            log.warning("%s/%d was made anew, so is its index", self.topic, number)
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
        """Close the file once nothing uses it any more."""
        self._connection.interrupt()
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._connection.close()


def _within(
    connection: sqlite3.Connection,
    question: Callable[[sqlite3.Connection, list[int]], T],
    partitions: list[int],
) -> T:
    """Ask, but not for ever.

    Raises:
        TimeoutError: it took too long.
    """
    deadline = time.monotonic() + QUESTION_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    try:
        return question(connection, partitions)
    except sqlite3.OperationalError as error:
        if time.monotonic() > deadline:
            raise TimeoutError from error
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _place(connection: sqlite3.Connection, partition: int) -> tuple[int, str] | None:
    found: tuple[int, str] | None = connection.execute(
        "SELECT next, last FROM place WHERE partition = ?", (partition,)
    ).fetchone()
    return found


def _forget(connection: sqlite3.Connection) -> None:
    for table in ("verdict", "recipient", "fired", "daily", "place"):
        connection.execute(f"DELETE FROM {table}")
