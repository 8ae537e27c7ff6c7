"""Where the web view listens, and what has to be said before it may."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from detection_stream.errors import InputError
from detection_stream.web.security.access import Access, read_access


def open_access(host: str, file: Path | None) -> Access:
    """Who may use the web view on an address.

    Raises:
        InputError: others than this machine can reach the address, and nobody would have to sign
            in; or the access file cannot be used.
    """
    if file is not None:
        return read_access(file)
    if not is_loopback(host):
        raise InputError(
            f"--host {host} can be reached by others, so people have to sign in: give --access "
            "FILE with tokens or a proxy that signs people in (`web-token NAME` makes one)"
        )
    return Access()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def listen_on_socket(app: web.Application, path: Path) -> AsyncIterator[None]:
    """Serve an application on a Unix socket that only this user can open."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    path.unlink(missing_ok=True)
    try:
        await web.UnixSite(runner, str(path), shutdown_timeout=1.0).start()
        path.chmod(0o600)
        yield
    finally:
        await runner.cleanup()
        path.unlink(missing_ok=True)
