"""Where the web view may listen."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from detection_stream.errors import InputError
from detection_stream.web.security.access import Access, read_access


def open_access(host: str, file: Path | None) -> Access:
    """The access rules for an address.

    Raises:
        InputError: other machines can reach the address without signing
            in, or the access file cannot be used.
    """
    if file is not None:
        return read_access(file)
    if not is_loopback(host):
        raise InputError(
            f"other machines can reach --host {host}, so sign-in is required: use --access "
            "FILE with tokens or an authenticating proxy (`web-token NAME` creates a token)"
        )
    return Access()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
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
