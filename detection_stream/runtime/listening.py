"""Serves HTTP applications: status and web view."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from detection_stream.errors import InputError
from detection_stream.runtime.http_limits import HttpLimits, LimitedHandler, limit_time


@asynccontextmanager
async def listen(
    app: web.Application, host: str, port: int, most: int | None = None
) -> AsyncIterator[str]:
    """Serve an application; yields its URL. Port 0 picks a free one.

    ``most`` connections are open at once; None leaves enough files for everything else.

    Raises:
        InputError: the address cannot be used.
    """
    app.middlewares.insert(0, limit_time)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    loop, http, limits = asyncio.get_running_loop(), runner.server, HttpLimits(most)
    assert http is not None

    def connection() -> LimitedHandler:
        return LimitedHandler(limits, http, loop=loop, access_log=None)

    try:
        try:
            server = await loop.create_server(connection, host, port)
        except (OSError, OverflowError) as error:
            raise InputError(
                f"{host}:{port} cannot be used: {error}; use another --port or omit it"
            ) from error
        try:
            yield url_of(*server.sockets[0].getsockname()[:2])
        finally:
            server.close()
    finally:
        await runner.cleanup()


def url_of(host: str, port: int) -> str:
    """The URL for a host and port."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
