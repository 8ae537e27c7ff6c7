"""SMTP sessions against the server on the loopback."""

from __future__ import annotations

import asyncio
import logging
import smtplib
import threading
from collections.abc import Sequence
from contextlib import suppress

from detection_stream.ingest.intake import NO_TRANSACTION, MailTransaction
from detection_stream.ingest.smtp import Listener, serve_smtp
from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.sessions import mutate_session

MAX_ANSWER_SECONDS = 0.01
"""How long a client waits for an answer to a piece: not waiting is an attack too."""
MAX_GOOD_SECONDS = 20
"""In this time a good mail must be accepted after each batch."""
_LOGGERS = ("mail.log", "asyncio")
_GOOD = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nx\r\n"


class _Box:
    """Keeps the number of mails alone."""

    taken = 0

    async def take(
        self, raw: bytes, source: str, transaction: MailTransaction = NO_TRANSACTION
    ) -> None:
        """As an intake does."""
        self.taken += 1


class _Errors(logging.Handler):
    """Keeps what the server logs with a traceback: it has caught what it did not expect."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        text = record.getMessage()
        if record.exc_info:
            text += f": {record.exc_info[1]!r}"
        self.found.append(text)


class SessionTarget:
    """A server in a thread of its own; clients come one batch at a time, together."""

    batch = 12  # fewer than one peer may have open

    def __init__(self) -> None:
        self._box = _Box()
        self._errors = _Errors()
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self._errors)
        self._loop = asyncio.new_event_loop()
        self._done = asyncio.Event()
        self._ready = threading.Event()
        self._address = ("", 0)
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        self._ready.wait()

    async def _serve(self) -> None:
        async with serve_smtp(self._box, Listener("127.0.0.1", 0)) as address:
            host, _, port = address.rpartition(":")
            self._address = host, int(port)
            self._ready.set()
            await self._done.wait()

    def make(self, chance: Chance) -> list[bytes]:
        """What a client writes."""
        return mutate_session(chance)

    def run(self, inputs: Sequence[list[bytes]]) -> int:
        """Run sessions side by side, then send a good mail.

        Raises:
            AssertionError: the server logged an error, or does not take the good mail.
        """
        self._errors.found.clear()
        asyncio.run(self._together(inputs))
        before = self._box.taken
        host, port = self._address
        with smtplib.SMTP(host, port, timeout=MAX_GOOD_SECONDS) as client:
            client.sendmail("a@b.example", ["c@d.example"], _GOOD)
        assert self._box.taken > before, "a good mail was not taken"
        assert not self._errors.found, "; ".join(self._errors.found)
        return 0

    def saved(self, made: list[bytes]) -> bytes:
        """All pieces in one."""
        return b"".join(made)

    def close(self) -> None:
        """Stop the server."""
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(MAX_GOOD_SECONDS)
        self._loop.close()
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self._errors)

    async def _together(self, inputs: Sequence[list[bytes]]) -> None:
        await asyncio.gather(*map(self._session, inputs))

    async def _session(self, pieces: list[bytes]) -> None:
        host, port = self._address
        with suppress(ConnectionError):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(65_536), MAX_ANSWER_SECONDS)
            finally:
                writer.close()
