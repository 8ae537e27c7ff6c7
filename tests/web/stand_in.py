"""A fake member without an engine, to test what uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from aiohttp.test_utils import TestClient, TestServer

from detection_stream.runtime.records import Record
from detection_stream.web.app import make_app
from detection_stream.web.members import queries as q
from detection_stream.web.members.cluster import Cluster, Member
from detection_stream.web.members.host import Condition, Held, TopicPartition
from detection_stream.web.security.access import Access
from detection_stream.web.security.audit import NAME, AuditLog
from topologies import message_detection

A = TypeVar("A", bound=q.Answer)
PARTITIONS = 2


STATUS = q.StatusAnswer(
    partitions=[0, 1],
    name="stand-in",
    release="0",
    topology="message-detection",
    state_version=1,
    ready=True,
    restoring=0,
    standbys=0,
    checkpoint_age=None,
    stages=[],
    tables=[],
    timings={},
    topics={},
    index=q.IndexState(0, 0),
    rates=[],
)


class BareHost:
    """An empty host; tests define its content."""

    name = "bare"
    topology = message_detection.build()
    partition_count = 1

    def held(self) -> Iterator[Held]:
        """Nothing."""
        yield from ()

    def condition(self) -> Condition:
        """Of no interest."""
        raise NotImplementedError

    async def extents(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, range]:
        """Empty topics."""
        return dict.fromkeys(places, range(0))

    async def read(self, topic: str, partition: int, extent: range) -> list[Record]:
        """Nothing."""
        return []

    async def attribution(self, partition: int, verdict: Record) -> Record | None:
        """None."""
        return None

    async def append(self, topic: str, partition: int, record: Record) -> None:
        """Of no interest."""
        raise NotImplementedError


class StandIn:
    """Answers each query type as configured; verdicts of two tenants by default."""

    name = "stand-in"

    def __init__(self, **answers: q.Answer | Exception) -> None:
        self.asked: list[q.Query] = []
        self._answers = {
            "Counts": q.CountsAnswer(
                partitions=[0, 1], last_day=-1, days=[], hits=[], index=q.IndexState(0, 0)
            ),
            "Verdicts": q.VerdictsAnswer(partitions=[0, 1], verdicts=[], index=q.IndexState(0, 0)),
            "Scan": q.ScanAnswer(partitions=[0, 1], entries=[]),
            "Contacts": q.ContactsAnswer(
                partitions=[0, 1], index=q.IndexState(0, 0), contacts=[], names={}, verdicts={}
            ),
            "Status": STATUS,
            **answers,
        }

    async def ask(self, query: q.Query, answer: type[A]) -> A:
        """Note the query and answer it."""
        self.asked.append(query)
        found = self._answers[type(query).__name__]
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, answer)
        return found


@asynccontextmanager
async def client(
    member: Member,
    tmp_path: Path,
    access: Access | None = None,
    *,
    loopback: bool = True,
    peers: Callable[[], list[Member]] = list,
) -> AsyncIterator[TestClient[Any, Any]]:
    """The application in front of a member."""
    cluster = Cluster(member, PARTITIONS, peers)
    audit = AuditLog(tmp_path / NAME)
    app = make_app(cluster, message_detection.build(), access or Access(), audit, loopback=loopback)
    async with TestClient(TestServer(app)) as running:
        yield running
