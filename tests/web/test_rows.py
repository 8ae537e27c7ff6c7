"""Rows of tables that have the same key in several partitions, on several workers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from detection_stream.model.reception import Reception
from detection_stream.model.tenant import TenantProfile
from detection_stream.profiles.kinds import KINDS
from detection_stream.stages.tenants import PROFILES
from detection_stream.state.database import Database
from detection_stream.web.index.verdicts import VerdictIndex
from detection_stream.web.members.cluster import Member
from detection_stream.web.members.host import Held
from detection_stream.web.members.local import LocalMember
from tests.web.stand_in import BareHost, client

ONBOARDED = [f"tenant-{number:02}" for number in range(9)]
"""Tenants with a profile, which each partition has."""
RECEPTION = Reception(frozenset({"", "mx.own.example"}), "usual", False)
WITH_MAIL = ["only-mail", *ONBOARDED[:3]]


class StateHost(BareHost):
    """A host of some partitions, with nothing in its topics."""

    partition_count = 3

    def __init__(self, database: Database, numbers: list[int]) -> None:
        self.name = f"worker of {numbers}"
        self._held = [
            Held(node, n, node.stage.open_state(database, n), 0)
            for node in self.topology.stages
            for n in numbers
        ]

    def held(self) -> Iterator[Held]:
        """All partitions of all stages."""
        yield from self._held

    def put(self, table: str, number: int, key: str, value: bytes) -> None:
        """Store a row."""
        for held in self._held:
            if held.partition == number and table in held.stage.tables:
                held.state.tables[table].put({key.encode(): value})


def filled(database: Database, numbers: list[int]) -> StateHost:
    """All profiles in each partition, addresses in some."""
    host = StateHost(database, numbers)
    (address,) = KINDS["address"].row.encode(KINDS["address"].row.empty(1))
    for number in numbers:
        for name in ONBOARDED:
            owned = frozenset({f"{name}.example"})
            profile = TenantProfile(name, owned, reception=RECEPTION)
            host.put(PROFILES, number, name, profile.record())
        for name in WITH_MAIL[number::3]:
            host.put("address", number, f"{name}\0ann@{name}.example", address)
    return host


@asynccontextmanager
async def workers(tmp_path: Path) -> AsyncIterator[TestClient[Any, Any]]:
    """Partitions 0 and 2 on one worker, 1 on the other."""
    members: list[Member] = []
    with ExitStack() as stack:
        for numbers in ([0, 2], [1]):
            database = stack.enter_context(closing(Database(tmp_path / f"state-{numbers[0]}")))
            host = filled(database, numbers)
            index = VerdictIndex(host, tmp_path / f"index-{numbers[0]}")
            members.append(LocalMember(host, stack.enter_context(closing(index))))
        async with client(members[0], tmp_path, peers=lambda: members[1:]) as site:
            yield site


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 26, 27, 200])
async def test_pages_leave_no_row_out(tmp_path: Path, limit: int) -> None:
    found: list[tuple[str, int]] = []
    after = ""
    async with workers(tmp_path) as site:
        while True:
            answer = await site.get(
                f"/api/v1/tables/{PROFILES}", params={"limit": limit, "after": after}
            )
            page = await answer.json()
            found += [(row["value"], row["partition"]) for row in page["rows"]]
            after = page["next"]
            if not after:
                break
    assert found == [(name, number) for name in ONBOARDED for number in range(3)]


async def test_each_tenant_is_listed_once(tmp_path: Path) -> None:
    async with workers(tmp_path) as site:
        listed = (await (await site.get("/api/v1/tenants")).json())["tenants"]
    assert [one["tenant"] for one in listed] == sorted({*ONBOARDED, *WITH_MAIL})
    assert {one["tenant"] for one in listed if not one["onboarded"]} == {"only-mail"}
    assert listed[1]["own_domains"] == ["tenant-00.example"]


async def test_a_tenant_shows_its_reception(tmp_path: Path) -> None:
    async with workers(tmp_path) as site:
        page = await (await site.get("/tenants/tenant-00")).text()
        known = (await (await site.get("/api/v1/tenants/tenant-00")).json())["reception"]
        unknown = await (await site.get("/tenants/only-mail")).text()
    assert "hosts without a name, mx.own.example" in page
    assert (known["authserv_ids"], known["results"]) == (["", "mx.own.example"], "usual")
    assert "unknown hosts" in unknown
