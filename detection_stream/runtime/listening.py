"""Where a process is served over HTTP: its status, its web view."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from detection_stream.errors import InputError


@asynccontextmanager
async def listen(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve an application; gives its URL. Port 0 takes a free one.

    Raises:
        InputError: the address cannot be used.
    """
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, shutdown_timeout=1.0).start()
        except (OSError, OverflowError) as error:
            raise InputError(
                f"{host}:{port} cannot be used: {error}; name another --port, or leave it out"
            ) from error
        address = runner.addresses[0]
        name = f"[{address[0]}]" if ":" in address[0] else address[0]
        yield f"http://{name}:{address[1]}"
    finally:
        await runner.cleanup()
