"""Serves the web view of an engine, of a worker, or through the process that uses a directory."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
import socket
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientTimeout, UnixConnector, web

from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.kafka.peers import Peers
from detection_stream.runtime.kafka.worker import Worker
from detection_stream.runtime.listening import listen, url_of
from detection_stream.runtime.shared_secret import SharedSecret
from detection_stream.runtime.topology import Topology
from detection_stream.web.app import make_app
from detection_stream.web.index.verdicts import VerdictIndex
from detection_stream.web.members.cluster import Cluster, Member
from detection_stream.web.members.embedded import EngineHost
from detection_stream.web.members.host import Host
from detection_stream.web.members.local import LocalMember
from detection_stream.web.members.remote import (
    MAX_BODY_BYTES,
    NO_SECRET,
    PATH,
    Questions,
    RemoteMember,
)
from detection_stream.web.members.worker import WorkerHost
from detection_stream.web.security.access import Access
from detection_stream.web.security.audit import NAME, AuditLog
from detection_stream.web.serving import is_loopback, listen_on_socket

log = logging.getLogger(__name__)

INDEX = "verdicts.sqlite"
SOCKET = "web.sock"
MAX_SOCKET_PATH = 100
"""Maximum length of a Unix socket path."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the web view: address, access and snapshot folder."""

    host: str
    port: int
    access: Access
    snapshots: Path | None = None


@asynccontextmanager
async def engine_member(engine: Engine, snapshots: Path | None) -> AsyncIterator[LocalMember]:
    """The member of a running embedded engine."""
    async with _member(EngineHost(engine), engine.database.directory, snapshots) as member:
        yield member


@asynccontextmanager
async def _member(host: Host, data: Path, snapshots: Path | None) -> AsyncIterator[LocalMember]:
    index = VerdictIndex(host, data / INDEX)
    member = LocalMember(host, index, snapshots)
    try:
        async with _running(member.work()):
            yield member
    finally:
        index.close()


@asynccontextmanager
async def _running(work: Iterable[Coroutine[Any, Any, Any]]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def serve_engine(engine: Engine, settings: WebSettings) -> AsyncIterator[str]:
    """Serve the web view of a running engine; yields its URL."""
    async with engine_member(engine, settings.snapshots) as member:
        cluster = Cluster(member, engine.partitions)
        app = _app(cluster, engine.topology, engine.database.directory, settings)
        async with listen(app, settings.host, settings.port) as url:
            yield url


@asynccontextmanager
async def answer_on_socket(engine: Engine) -> AsyncIterator[None]:
    """Answer queries from another process that serves this engine's web view."""
    data = engine.database.directory
    async with engine_member(engine, data / "snapshots") as member:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post(PATH, Questions(member, NO_SECRET, required=False).answer)
        async with listen_on_socket(app, socket_path(data)):
            yield


@asynccontextmanager
async def serve_through_socket(
    data: Path, topology: Topology, settings: WebSettings
) -> AsyncIterator[str]:
    """Serve the web view of an engine in another process; yields the URL."""
    connector = UnixConnector(str(socket_path(data)))
    async with ClientSession(connector=connector, timeout=_TIMEOUT) as session:
        member = RemoteMember(str(data), "http://localhost", session)
        app = _app(Cluster(member, Engine.partitions), topology, data, settings)
        async with listen(app, settings.host, settings.port) as url:
            yield url


def socket_path(data: Path) -> Path:
    """The socket on which an engine answers; too long a path is replaced by a short one."""
    path = data.resolve() / SOCKET
    if len(str(path)) <= MAX_SOCKET_PATH:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"detection-stream-{name}.sock"


@asynccontextmanager
async def serve_worker(
    worker: Worker, partitions: int, data: Path, settings: WebSettings, advertised: str
) -> AsyncIterator[str]:
    """Serve the web view of a worker and the others of its group; yields the URL."""
    async with (
        WorkerHost.open(worker, str(data), partitions) as host,
        _member(host, data, settings.snapshots) as member,
        ClientSession(timeout=_TIMEOUT) as session,
    ):
        peers: Peers | None = None
        secret = SharedSecret(settings.access.secret)

        def others() -> list[Member]:
            found = peers.others() if peers else []
            return [RemoteMember(peer.name, peer.url, session, secret) for peer in found]

        app = _app(Cluster(member, partitions, others), worker.topology, data, settings)
        async with listen(app, settings.host, settings.port) as url:
            named = _named(url, advertised)
            peers = Peers(worker, f"{data.name} at {named}", named, secret)
            async with _running([peers.announce(), peers.listen()]):
                yield url


def _named(url: str, advertised: str) -> str:
    """The URL under which others reach ``url``."""
    parts = urlsplit(url)
    if not advertised and ipaddress.ip_address(parts.hostname or "").is_unspecified:
        advertised = socket.getfqdn()
    return url_of(advertised, parts.port or 0) if advertised else url


_TIMEOUT = ClientTimeout(total=30.0)


def _app(
    cluster: Cluster, topology: Topology, data: Path, settings: WebSettings
) -> web.Application:
    loopback = is_loopback(settings.host)
    audit = AuditLog(data / NAME)
    return make_app(cluster, topology, settings.access, audit, loopback=loopback)
