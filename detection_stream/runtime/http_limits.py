"""What HTTP clients may take: connections and time."""

from __future__ import annotations

import asyncio
import resource
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from detection_stream.runtime.open_connections import OpenConnections

MAX_CONNECTIONS = 400
"""Connections at once; a browser opens six, a proxy for many people some dozens."""
MIN_CONNECTIONS = 10
"""The same where almost no files may be open."""
RESERVED_FILES = 512
"""Files kept for RocksDB (256 in each database), brokers, results and SMTP."""
PEER_SHARE = 0.5
"""Share of one address: others get in whatever it does, and a proxy still has enough."""
HEADER_SECONDS = 20.0
"""From a connection to the end of its first request's headers."""
KEEPALIVE_SECONDS = 15.0
"""From a response to the end of the next request's headers."""
REQUEST_SECONDS = 60.0
"""From there to the end of its body and of the work on it; queries take 5 s each."""
RESPONSE_SECONDS = 60.0
"""For a client to take its response."""


def connection_limit() -> int:
    """Connections at once, so that enough files are left for everything else."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, files - RESERVED_FILES))


class HttpLimits:
    """Counts connections of one listener."""

    def __init__(self, most: int | None = None) -> None:
        self._most = connection_limit() if most is None else most
        self._open = OpenConnections()

    def enter(self, peer: str) -> bool:
        """Count a connection; False if there are too many."""
        return self._open.enter(peer, self._most, max(1, int(self._most * PEER_SHARE)))

    def leave(self, peer: str) -> None:
        """Count the end of a connection."""
        self._open.leave(peer)


class LimitedHandler(web.RequestHandler):
    """One connection, with a limit for each of its phases."""

    __slots__ = ("_limit", "_limits", "_peer")

    def __init__(self, limits: HttpLimits, server: web.Server, **settings: Any) -> None:
        super().__init__(server, keepalive_timeout=KEEPALIVE_SECONDS, **settings)
        self._limits = limits
        self._limit: asyncio.TimerHandle | None = None
        self._peer: str | None = None

    def connection_made(self, transport: Any) -> None:
        """Let a client in, or close the connection."""
        peer = transport.get_extra_info("peername")
        name = str(peer[0]) if isinstance(peer, tuple) else ""
        super().connection_made(transport)
        if self._limits.enter(name):
            self._peer = name
            self.limit(HEADER_SECONDS)
        else:
            transport.write(_BUSY)
            transport.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Make room."""
        if self._limit is not None:
            self._limit.cancel()
        if self._peer is not None:
            self._limits.leave(self._peer)
            self._peer = None
        super().connection_lost(exc)

    def limit(self, seconds: float) -> None:
        """Cut the connection off then, unless the next phase begins before."""
        if self._limit is not None:
            self._limit.cancel()
        self._limit = asyncio.get_running_loop().call_later(seconds, self._cut_off)

    def _cut_off(self) -> None:
        if self.transport is not None:
            self.transport.abort()


@web.middleware
async def limit_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Bound the time of a request and of its response."""
    connection = request.protocol
    if not isinstance(connection, LimitedHandler):
        return await handler(request)
    connection.limit(REQUEST_SECONDS)
    try:
        return await handler(request)
    finally:
        connection.limit(RESPONSE_SECONDS)


_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Length: 22\r\n\r\ntoo many connections\r\n"
)
