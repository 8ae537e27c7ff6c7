"""Serves HTTP applications: status and web view."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from detection_stream.errors import InputError


@asynccontextmanager
async def listen(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve an application; yields its URL. Port 0 picks a free one.

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
                f"{host}:{port} cannot be used: {error}; use another --port or omit it"
            ) from error
        yield url_of(*runner.addresses[0][:2])
    finally:
        await runner.cleanup()


def url_of(host: str, port: int) -> str:
    """The URL for a host and port."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
