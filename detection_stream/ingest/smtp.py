"""Accepts journal copies over SMTP; answers 250 only for stored messages."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from detection_stream import __version__
from detection_stream.errors import InputError, StageError
from detection_stream.ingest.intake import Intake
from detection_stream.parsing import limits

log = logging.getLogger(__name__)

MAX_IDLE_SECONDS = 300
"""Idle time after which a connection is closed (RFC 5321 requires five minutes)."""
MAX_CONNECTIONS = 200
"""Maximum concurrent connections; a journal needs few."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen, and the PEM files of a certificate for STARTTLS (empty for none)."""

    host: str
    port: int
    certificate: str = ""
    key: str = ""

    def context(self) -> ssl.SSLContext | None:
        """The server side of TLS.

        Raises:
            InputError: the certificate or key cannot be used.
        """
        if not self.certificate:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.certificate, self.key or None)
        except (OSError, ssl.SSLError) as error:
            raise InputError(
                f"--tls-certificate {self.certificate}: {error}; use PEM files of a certificate "
                "and its key"
            ) from error
        return context


class _Handler:
    """Handles messages; aiosmtpd calls the methods by name."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        peer = session.peer[0] if session.peer else "unknown"
        try:
            await self._intake.take(raw, f"smtp:{peer}")
        except StageError as error:
            log.warning("temporarily refused a message of %d bytes: %s", len(raw), error)
            return "451 4.3.0 The message could not be stored, send it again later"
        return "250 2.0.0 Stored"


@asynccontextmanager
async def serve_smtp(intake: Intake, listener: Listener) -> AsyncIterator[str]:
    """Listen within the context; yields the address. Port 0 picks a free one.

    Raises:
        InputError: the port is in use, or the certificate cannot be used.
    """
    context = listener.context()
    handler = _Handler(intake)
    open_ones = 0

    class Bounded(SMTP):
        """Refuses connections above the limit."""

        def connection_made(self, transport: Any) -> None:
            nonlocal open_ones
            open_ones += 1
            super().connection_made(transport)
            if open_ones > MAX_CONNECTIONS:
                transport.write(b"421 4.7.0 Too many connections\r\n")
                transport.close()

        def connection_lost(self, error: Exception | None) -> None:
            nonlocal open_ones
            open_ones -= 1
            super().connection_lost(error)

    def factory() -> SMTP:
        return Bounded(
            handler,
            data_size_limit=limits.MAX_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            ident=f"detection-stream {__version__}",
            tls_context=context,
            require_starttls=context is not None,
            timeout=MAX_IDLE_SECONDS,
        )

    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(factory, listener.host, listener.port)
    except OSError as error:
        raise InputError(
            f"SMTP on {listener.host}:{listener.port}: {error.strerror}; use another port"
        ) from error
    address = server.sockets[0].getsockname()
    try:
        yield f"{address[0]}:{address[1]}"
    finally:
        server.close()
        await server.wait_closed()
