"""One thread that several sessions share: they take turns, however much one of them asks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, TypeVar

from detection_stream.errors import BusyError

MAX_WAITING = 64
"""Calls of one session that wait; a page makes a dozen."""
MAX_SESSIONS = 1_000
"""Sessions that wait at once."""

ASKER: ContextVar[str] = ContextVar("asker", default="")
"""Whose session a call belongs to: a user and an address."""

T = TypeVar("T")


class FairThread:
    """Runs functions in one thread, one of each waiting session in turn."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._busy = False

    async def run(self, session: str, work: Callable[..., T], *arguments: Any) -> T:
        """Run a function when it is the session's turn.

        Raises:
            BusyError: too much of the session waits, or too many sessions do.
        """
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._enter(session, turn)
        try:
            await turn
        except asyncio.CancelledError:
            self._abandon(session, turn)
            raise
        try:
            return await loop.run_in_executor(self._thread, work, *arguments)
        finally:
            self._busy = False
            self._next()

    def _enter(self, session: str, turn: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(session, ())
        if len(waiting) >= MAX_WAITING or len(self._waiting) >= MAX_SESSIONS:
            raise BusyError("too many searches at once; try again in a moment")
        self._waiting.setdefault(session, deque()).append(turn)
        self._next()

    def _abandon(self, session: str, turn: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(session)
        if waiting and turn in waiting:
            waiting.remove(turn)
            if not waiting:
                del self._waiting[session]
        elif turn.done() and not turn.cancelled():
            # It was its turn just now.
            self._busy = False
            self._next()

    def _next(self) -> None:
        """Give the turn to the session that has waited longest for one."""
        while not self._busy and self._waiting:
            session, waiting = self._waiting.popitem(last=False)
            turn = waiting.popleft()
            if waiting:
                self._waiting[session] = waiting
            if not turn.done():
                self._busy = True
                turn.set_result(None)

    def close(self) -> None:
        """Wait for the running function; the others do not begin."""
        self._thread.shutdown(wait=True, cancel_futures=True)
