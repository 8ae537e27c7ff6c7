"""The overview: recent verdicts and health."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated

from msgspec import Meta, Struct

from detection_stream.web.index.writing import DAY_MS
from detection_stream.web.members import queries as q
from detection_stream.web.view import Parameters, Result, Visit, newest_verdicts, view

FLAGGED = ["malicious", "suspicious"]
MAX_LATEST = 8


class OverviewParameters(Parameters):
    """Covers ``days`` days up to the newest message."""

    tenant: str = ""
    days: Annotated[int, Meta(ge=1, le=400)] = 30


class Day(Struct):
    """Messages of a day by verdict; ``at`` is its beginning in milliseconds since 1970."""

    at: int
    verdicts: dict[str, int]


class Overview(Result):
    """``at`` is the end of the newest day, None if there are no messages.

    ``waiting`` counts messages waiting for a decision, ``lag`` unapplied records.
    """

    at: int | None
    days: list[Day]
    verdicts: dict[str, int]
    attack_types: dict[str, int]
    latest: list[q.VerdictRow]
    messages: int
    lag: int
    waiting: int
    dead_letters: int
    members: int


@view("/", "overview.html", OverviewParameters, Overview)
async def overview(visit: Visit, asked: OverviewParameters) -> Overview:
    """Recent verdicts and health."""
    tenants = visit.tenants(asked.tenant)
    wanted = q.VerdictFilter(tenants=tenants, verdicts=FLAGGED)
    counted, status, latest = await asyncio.gather(
        counts(visit, tenants, asked.days),
        visit.ask(q.Status(), q.StatusAnswer),
        newest_verdicts(visit, wanted, MAX_LATEST),
    )
    last = max((answer.last_day for answer in counted), default=-1)
    days = by_day(counted, last, asked.days)
    parts = [part for answer in status for part in answer.stages]
    dead_letters = [a.topics.get(visit.topology.dead_letters.name, 0) for a in status]
    return Overview(
        at=(last + 1) * DAY_MS if last >= 0 else None,
        days=days,
        verdicts=_totals(counted, last, asked.days, "verdict"),
        attack_types=_totals(counted, last, asked.days, "attack_type"),
        latest=latest,
        messages=sum(sum(day.verdicts.values()) for day in days),
        lag=sum(part.lag for part in parts),
        waiting=sum(part.pending for part in parts),
        dead_letters=sum(dead_letters),
        members=len(status),
    )


async def counts(
    visit: Visit, tenants: list[str] | None, days: int, *, hits: bool = False
) -> list[q.CountsAnswer]:
    """Counts of the days up to the newest one of all members."""
    found = await visit.ask(q.Counts(tenants, days, hits=hits), q.CountsAnswer)
    ends = {answer.last_day for answer in found}
    if len(ends) < 2:
        return found
    return await visit.ask(q.Counts(tenants, days, max(ends), hits), q.CountsAnswer)


def by_day(counted: list[q.CountsAnswer], last: int, days: int) -> list[Day]:
    """Every day up to the last one, including empty ones."""
    if last < 0:
        return []
    found = {day: Day(day * DAY_MS, {}) for day in range(last - days + 1, last + 1)}
    for answer in counted:
        for count in answer.days:
            if count.day in found and count.count:
                verdicts = found[count.day].verdicts
                verdicts[count.verdict] = verdicts.get(count.verdict, 0) + count.count
    return list(found.values())


def _totals(counted: list[q.CountsAnswer], last: int, days: int, what: str) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for answer in counted:
        for count in answer.days:
            name = getattr(count, what)
            if name and last - days < count.day <= last:
                totals[name] += count.count
    return dict(totals.most_common())
