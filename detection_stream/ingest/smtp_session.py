"""One SMTP session: what a client may send, how much of it, and for how long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, syntax

from detection_stream.ingest.intake import MailTransaction
from detection_stream.ingest.smtp_limits import SmtpLimits
from detection_stream.ingest.smtp_users import SmtpUsers
from detection_stream.parsing import limits

log = logging.getLogger(__name__)

MAX_IDLE_SECONDS = 300
"""Silence after which a connection is closed (RFC 5321 requires five minutes)."""
MAX_DATA_SECONDS = 600
"""Time for one message: 50 MiB at 90 kB/s."""
MAX_SESSION_SECONDS = 3_600
"""Time for a whole session; a sender with more mail connects again."""
MAX_CLOSE_SECONDS = 5
"""Time for a client to read its last reply."""
MAX_REPLIES_WITHOUT_MAIL = 100
"""Replies, of accepted recipients apart, since the last stored message."""
MAX_RECIPIENTS = 1_024
"""Recipients of a message, the same as are looked at."""
MAX_FAILED_SIGN_INS = 3
CHUNK_BYTES = 64 << 10
"""How much of a message is read at once; commands have limits of their own."""

_END = b"\r\n.\r\n"

Store = Callable[[bytes, str, MailTransaction], Awaitable[str]]
"""Stores a message from a peer; returns the reply."""


class SmtpSession(SMTP):
    """Speaks with one client; aiosmtpd has the grammar."""

    line_length_limit = CHUNK_BYTES

    def __init__(
        self, store: Store, doors: SmtpLimits, users: SmtpUsers | None, **settings: Any
    ) -> None:
        super().__init__(
            _Hooks(offers_auth=users is not None), authenticator=self._known, **settings
        )
        self._store = store
        self._limits = doors
        self._users = users
        self._peer: Any = None
        self._refused = False
        self._replies = 0
        self._failed_sign_ins = 0
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Let a client in; STARTTLS calls it once more."""
        if self._end is None:
            self._peer = transport.get_extra_info("peername")
            refusal = self._limits.enter(self._peer)
            if refusal:
                log.warning("SMTP: refused %s: %s", self._name, refusal)
                self._refused = True
                transport.write(refusal.encode() + b"\r\n")
                transport.close()
                return
            self._end = self.loop.call_later(
                MAX_SESSION_SECONDS, self.end, "421 4.7.0 The session takes too long"
            )
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for others."""
        if self._refused or self._end is None:
            return
        self._end.cancel()
        self._refused = True
        self._limits.leave(self._peer)
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """A refused client has no session."""
        return False if self._refused else super().eof_received()

    @property
    def _name(self) -> str:
        return str(self._peer[0]) if self._peer else "unknown"

    def end(self, reply: str) -> None:
        """Close the connection; a client that does not read its reply is cut off."""
        transport: Any = self.transport
        if transport is None or transport.is_closing():
            return
        log.warning("SMTP: ended a session of %s: %s", self._name, reply)
        transport.write(reply.encode() + b"\r\n")
        transport.close()
        self.loop.call_later(MAX_CLOSE_SECONDS, transport.abort)

    def _timeout_cb(self) -> None:
        self.end("421 4.4.2 Nothing came in time")

    async def push(self, status: str | bytes) -> None:
        """Send a reply; there are so many until a message must have come."""
        self._replies += 1
        if self._replies > MAX_REPLIES_WITHOUT_MAIL:
            self.end("421 4.7.0 Too many commands without a message")
            # The client's task reads on until it is told that the connection is lost.
            await asyncio.sleep(0)
            return
        await super().push(status)  # type: ignore[type-var] # aiosmtpd takes both

    async def handle_exception(self, error: Exception) -> str:
        """A client is not told what failed."""
        log.warning("SMTP: a session of %s failed", self._name, exc_info=error)
        return "451 4.3.0 Failed, try again later"

    async def check_auth_needed(self, caller_method: str) -> bool:  # noqa: ARG002 - aiosmtpd's
        """Whether a command has to wait for a sign-in; it is told so."""
        if self._users is None or (self.session and self.session.authenticated):
            return False
        await self.push("530 5.7.0 Authentication required")
        return True

    def _known(self, _: SMTP, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        known = self._users is not None and self._users.knows(given.login, given.password)
        return AuthResult(success=known, handled=False)

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Sign in; a few wrong passwords end the session."""
        await super().smtp_AUTH(arg)
        if self.session is None or self.session.authenticated:
            return
        self._failed_sign_ins += 1
        if self._failed_sign_ins >= MAX_FAILED_SIGN_INS:
            self.end("421 4.7.0 Too many wrong passwords")

    @syntax("RCPT TO: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a recipient."""
        assert self.envelope is not None
        before = len(self.envelope.rcpt_tos)
        if before >= MAX_RECIPIENTS:
            await self.push("452 4.5.3 Too many recipients")
            return
        await super().smtp_RCPT(arg)
        self._replies -= len(self.envelope.rcpt_tos) > before

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a message, lines of any length; only CR LF . CR LF ends it."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        with self._limits.holding(self._peer) as held:
            pieces: list[bytes] = []
            try:
                async with asyncio.timeout(MAX_DATA_SECONDS):
                    refusal = await self._receive(pieces, held.take)
            except TimeoutError:
                self.end("421 4.4.2 The message takes too long")
                return
            transaction = MailTransaction(
                (self.envelope.mail_from or "").strip("<>"), tuple(map(str, self.envelope.rcpt_tos))
            )
            self.envelope = self._create_envelope()
            if refusal:
                log.warning("SMTP: refused a message of %s: %s", self._name, refusal)
                await self.push(refusal)
                return
            whole = b"".join(pieces)
            pieces.clear()
            # Each line that begins with a dot was sent with one more (RFC 5321, 4.5.2).
            raw = whole.replace(b"\r\n.", b"\r\n")[2:]
            del whole
            reply = await self._store(raw, self._name, transaction)
        if reply.startswith("250"):
            self._replies = 0
        await self.push(reply)

    async def _receive(self, pieces: list[bytes], take: Callable[[int], bool]) -> str:
        """Read up to the end of a message into pieces; returns a refusal, if any.

        The first piece begins with a line end, so that a message may be empty.
        """
        reader: Any = self._reader
        # What ends the DATA command is the line end that the first line follows.
        reader._buffer[:0] = b"\r\n"
        refusal, size, ended = "", 0, False
        while not ended:
            try:
                piece = await reader.readuntil(_END)
                ended, piece = True, piece[: -len(_END) + 2]
            except asyncio.LimitOverrunError as error:
                piece = await reader.readexactly(error.consumed)
            self._reset_timeout()
            size += len(piece)
            if size > limits.MAX_MESSAGE_BYTES:
                refusal = "552 5.3.4 Error: Too much mail data"
            elif not refusal and not take(len(piece)):
                refusal = "452 4.3.1 Too much mail at once, try again later"
            if size > 2 * limits.MAX_MESSAGE_BYTES:
                self.end(refusal)
                return refusal
            if refusal:
                pieces.clear()
            else:
                pieces.append(piece)
        return refusal


class _Hooks:
    """Called by aiosmtpd by name."""

    def __init__(self, *, offers_auth: bool) -> None:
        self._offers_auth = offers_auth

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, session: Session, __: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        """Offer AUTH only where somebody can sign in."""
        session.host_name = name
        return [one for one in replies if self._offers_auth or not one.startswith("250-AUTH")]
