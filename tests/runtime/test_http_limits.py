"""Slow and greedy HTTP clients are cut off; the others are answered."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from detection_stream.runtime import http_limits
from detection_stream.runtime.http_limits import connection_limit
from detection_stream.runtime.listening import listen

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"


async def _answer(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


def _app() -> web.Application:
    app = web.Application()
    app.router.add_get("/", _answer)
    app.router.add_post("/", _answer)
    return app


@asynccontextmanager
async def connected(url: str, first: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """A connection on which something was sent."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(first)
        yield reader
    finally:
        writer.close()


async def _end(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the other side ends the connection."""
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize(
    ("limit", "sent", "answered"),
    [
        ("HEADER_SECONDS", b"", False),
        ("HEADER_SECONDS", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-", False),
        ("REQUEST_SECONDS", HEAD + b"half a body", False),
        ("KEEPALIVE_SECONDS", GET, True),
        ("KEEPALIVE_SECONDS", GET + b"GET / HTTP/1.1\r\nX-", True),
    ],
)
async def test_silence_ends_a_connection(
    monkeypatch: pytest.MonkeyPatch, limit: str, sent: bytes, answered: bool
) -> None:
    monkeypatch.setattr(http_limits, limit, 0.3)
    async with listen(_app(), "127.0.0.1", 0) as url, connected(url, sent) as reader:
        found = await _end(reader)
    assert found.startswith(b"HTTP/1.1 200") is answered


async def test_one_address_leaves_room_for_others() -> None:
    async with listen(_app(), "127.0.0.1", 0, most=4) as url:
        for _ in range(3):
            async with (
                connected(url, GET) as one,
                connected(url, GET) as two,
                connected(url, GET) as third,
            ):
                assert (await one.readline()).startswith(b"HTTP/1.1 200")
                assert (await two.readline()).startswith(b"HTTP/1.1 200")
                assert (await _end(third)).startswith(b"HTTP/1.1 503")
            await asyncio.sleep(0.05)


def test_files_are_left_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def allow(files: int) -> int:
        monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
        return connection_limit()

    assert allow(resource.RLIM_INFINITY) == allow(100_000) == http_limits.MAX_CONNECTIONS
    assert allow(600) == 600 - http_limits.RESERVED_FILES
    assert allow(100) == http_limits.MIN_CONNECTIONS
