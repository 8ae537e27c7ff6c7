"""Tenants: their policies, and what onboarding learnt about them."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from msgspec import Meta, Struct

from detection_stream.errors import MessageError
from detection_stream.model.reception import Reception
from detection_stream.model.tenant import TenantProfile
from detection_stream.profiles.kinds import KINDS
from detection_stream.stages.tenants import PROFILES as PROFILE_TABLE
from detection_stream.web.members import queries as q
from detection_stream.web.view import Parameters, Result, Visit, first_rows, view
from detection_stream.web.views.overview import Day, by_day, counts
from detection_stream.web.views.tables import NoParameters

MAX_ROWS_SEARCHED = 5_000
"""Address rows searched for people in the directory."""
MAX_PEOPLE = 200
DAYS = 30


class TenantSummary(Struct):
    """A tenant; ``onboarded`` says whether it has a profile."""

    tenant: str
    onboarded: bool
    status: str
    own_domains: list[str]


class Tenants(Result):
    """Every visible tenant with a profile or mail."""

    tenants: list[TenantSummary]


@view("/tenants", "tenants.html", NoParameters, Tenants)
async def tenants(visit: Visit, asked: NoParameters) -> Tenants:
    """All tenants."""
    answers = await visit.ask(q.TenantProfiles(), q.TenantProfilesAnswer)
    # Users limited to some tenants already know their names.
    known: dict[str, bytes | None] = dict.fromkeys(visit.who.tenants or ())
    for answer in answers:
        for name, stored in answer.profiles.items():
            known[name] = known.get(name) or stored
    found = [
        _summary(name, _profile(known[name])) for name in sorted(known) if visit.who.sees(name)
    ]
    if len(found) > q.MAX_TENANTS:
        visit.notes.append(f"Showing the first {q.MAX_TENANTS:,} of {len(found):,} tenants.")
    return Tenants(tenants=found[: q.MAX_TENANTS])


def _summary(name: str, profile: TenantProfile | None) -> TenantSummary:
    if profile is None:
        return TenantSummary(name, False, "active", [])
    return TenantSummary(name, True, profile.policy.status, sorted(profile.own_domains))


def _profile(stored: bytes | None) -> TenantProfile | None:
    """A stored profile; None if unreadable."""
    try:
        return TenantProfile.decode(stored) if stored else None
    except MessageError:
        return None


class TenantParameters(Parameters):
    """A tenant by name."""

    tenant: Annotated[str, Meta(min_length=1, max_length=400)]


class PersonSummary(Struct):
    """A person in the directory."""

    address: str
    vip: bool
    finance: bool
    sent: int
    received: int


class ReceptionSummary(Struct):
    """How a tenant's mail comes in: see :class:`Reception`."""

    authserv_ids: list[str]
    results: str
    results_below: bool
    arc_sealers: list[str]
    internal_hosts: list[str]


class Tenant(Result):
    """``learnt`` is what onboarding found; empty if not onboarded.

    ``people`` are directory entries among the first ``looked_at`` addresses.
    """

    summary: TenantSummary
    thresholds: dict[str, float]
    muted: list[str]
    reception: ReceptionSummary
    learnt: dict[str, Any]
    people: list[PersonSummary]
    looked_at: int
    days: list[Day]


@view("/tenants/{tenant}", "tenant.html", TenantParameters, Tenant)
async def tenant(visit: Visit, asked: TenantParameters) -> Tenant:
    """One tenant: people, vendors, maturity, thresholds."""
    visit.check(asked.tenant)
    query = q.Get(PROFILE_TABLE, [asked.tenant.encode()])
    answers, (people, looked_at), counted = await asyncio.gather(
        visit.ask(query, q.GetAnswer),
        _people(visit, asked.tenant),
        counts(visit, [asked.tenant], DAYS),
    )
    stored = [entry.value for answer in answers for entry in answer.entries]
    profile = _profile(stored[0] if stored else None)
    last = max((answer.last_day for answer in counted), default=-1)
    if profile is None and not looked_at and last < 0:
        raise visit.missing(f"tenant {asked.tenant} not found")
    known = profile or TenantProfile(asked.tenant)
    return Tenant(
        summary=_summary(asked.tenant, profile),
        thresholds=asdict(known.policy.thresholds),
        muted=list(known.policy.muted),
        reception=_reception(known.reception),
        learnt=dict(known.learnt),
        people=people,
        looked_at=looked_at,
        days=by_day(counted, last, DAYS),
    )


def _reception(found: Reception) -> ReceptionSummary:
    return ReceptionSummary(
        sorted(found.authserv_ids),
        found.results,
        found.results_below,
        sorted(found.arc_sealers),
        sorted(found.internal_hosts),
    )


async def _people(visit: Visit, tenant: str) -> tuple[list[PersonSummary], int]:
    """People in the directory, VIPs first, and the number of addresses searched."""
    prefix, after, looked_at = f"{tenant}\0".encode(), None, 0
    people: list[PersonSummary] = []
    while looked_at < MAX_ROWS_SEARCHED and len(people) < MAX_PEOPLE:
        query = q.Scan("address", prefix, after, q.MAX_ROWS)
        entries = await first_rows(visit, query)
        if not entries:
            break
        after, looked_at = entries[-1].place, looked_at + len(entries)
        rows = KINDS["address"].row.decode([entry.value for entry in entries])
        for entry, row in zip(entries, rows, strict=True):
            if row["person"]:
                address = entry.key.partition(b"\0")[2].decode("utf-8", "replace")
                flags = bool(row["vip"]), bool(row["finance"])
                people.append(
                    PersonSummary(address, *flags, int(row["count"]), int(row["received"]))
                )
    people.sort(key=lambda person: (not person.vip, not person.finance, person.address))
    return people[:MAX_PEOPLE], looked_at
