"""Accepts journal copies over SMTP; answers 250 only for stored messages."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from detection_stream import __version__
from detection_stream.errors import BusyError, InputError, StageError
from detection_stream.ingest.intake import Intake, MailTransaction
from detection_stream.ingest.smtp_limits import PeerNetwork, SmtpLimits
from detection_stream.ingest.smtp_session import MAX_IDLE_SECONDS, SmtpSession
from detection_stream.ingest.smtp_users import SmtpUsers
from detection_stream.parsing import limits

log = logging.getLogger(__name__)

MAX_STORE_SECONDS = 60.0
"""Time within which a message must be stored; a client waits ten minutes (RFC 5321, 4.5.3.2)."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen, and for whom.

    ``certificate`` and ``key`` are PEM files for STARTTLS (empty for none); only peers in
    ``allowed`` are let in (empty for all); with ``users`` they must sign in.
    """

    host: str
    port: int
    certificate: str = ""
    key: str = ""
    allowed: tuple[PeerNetwork, ...] = ()
    users: SmtpUsers | None = None

    def context(self) -> ssl.SSLContext | None:
        """The server side of TLS.

        Raises:
            InputError: the certificate or key cannot be used, or passwords would be sent openly.
        """
        if not self.certificate:
            if self.users and not _is_loopback(self.host):
                raise InputError(
                    "--smtp-users would send passwords openly; add --tls-certificate, or listen "
                    "on loopback"
                )
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


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _store(intake: Intake, raw: bytes, peer: str, transaction: MailTransaction) -> str:
    """Store a message; returns the reply."""
    try:
        async with asyncio.timeout(MAX_STORE_SECONDS):
            await intake.take(raw, f"smtp:{peer}", transaction)
    except BusyError as error:
        log.warning("temporarily refused a message of %d bytes: %s", len(raw), error)
        return "452 4.3.1 There is no room for the message now, send it again later"
    except (StageError, TimeoutError) as error:
        log.warning("temporarily refused a message of %d bytes: %r", len(raw), error)
        return "451 4.3.0 The message could not be stored, send it again later"
    return "250 2.0.0 Stored"


@asynccontextmanager
async def serve_smtp(intake: Intake, listener: Listener) -> AsyncIterator[str]:
    """Listen within the context; yields the address. Port 0 picks a free one.

    Raises:
        InputError: the port is in use, or the certificate cannot be used.
    """
    context = listener.context()
    doors = SmtpLimits(listener.allowed)
    # It logs each command, as the client wrote it.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)

    def factory() -> SmtpSession:
        return SmtpSession(
            partial(_store, intake),
            doors,
            listener.users,
            data_size_limit=limits.MAX_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            ident=f"detection-stream {__version__}",
            tls_context=context,
            require_starttls=context is not None,
            auth_require_tls=context is not None,
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
