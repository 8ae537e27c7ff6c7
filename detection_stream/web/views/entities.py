"""The profile of an entity, now or in the past."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from detection_stream.model.entity import entity_key
from detection_stream.profiles.block import FieldValue
from detection_stream.profiles.kinds import KINDS
from detection_stream.web.index.writing import DAY_MS
from detection_stream.web.members import queries as q
from detection_stream.web.problems import bad_request, not_found
from detection_stream.web.view import Parameters, Result, Visit, newest_verdicts, view
from detection_stream.web.views.contacts import contacts

MAX_VERDICTS = 10

Uid = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class EntityParameters(Parameters):
    """``at`` (a UTC time such as 2026-01-31T08:00) or ``before`` (a uid) select a point in time."""

    kind: str
    tenant: Annotated[str, Meta(min_length=1, max_length=400)]
    value: Annotated[str, Meta(min_length=1, max_length=2_000)]
    at: Annotated[str, Meta(max_length=40)] = ""
    before: Uid | None = None


class Moment(Struct):
    """The point in time of a row; ``base`` says what it was built from."""

    at: int
    before: str
    base: str
    observations: int


class Entity(Result):
    """``fields`` is empty if the entity is unknown.

    ``prevalence`` says how common it is, ``moment`` is None for now. ``expired`` means that the
    row is past its retention: stages treat it as absent.
    """

    kind: str
    tenant: str
    value: str
    partition: int
    prevalence: str
    expired: bool
    moment: Moment | None
    fields: list[FieldValue]
    contacts: list[q.Contact]
    names: dict[str, int]
    verdicts: dict[str, int]
    recent: list[q.VerdictRow]
    related: list[tuple[str, str]]


@view("/entities/{kind}", "entity.html", EntityParameters, Entity)
async def entity(visit: Visit, asked: EntityParameters) -> Entity:
    """The profile of an address, pair, domain, link domain, display name or Message-ID."""
    _check(visit, asked.kind, asked.tenant)
    address = asked.value if asked.kind == "address" else ""
    (stored, partition, at, moment), recent, known = await asyncio.gather(
        _stored(visit, asked), _recent(visit, asked), contacts(visit, asked.tenant, address)
    )
    fields = [] if stored is None else KINDS[asked.kind].describe(stored, at)
    expired = stored is not None and bool(KINDS[asked.kind].expired([stored], np.array([at]))[0])
    if stored is None and not recent and moment is None:
        raise visit.missing(
            f"nothing is known about the {asked.kind} {asked.value} of {asked.tenant}; it has not "
            "been seen, or has expired"
        )
    return Entity(
        kind=asked.kind,
        tenant=asked.tenant,
        value=asked.value,
        partition=partition,
        prevalence=prevalence(fields, at),
        expired=expired,
        moment=moment,
        fields=fields,
        contacts=known.contacts,
        names=known.names,
        verdicts=known.verdicts,
        recent=recent,
        related=await _known(visit, asked.tenant, KINDS[asked.kind].related(asked.value)),
    )


async def _known(visit: Visit, tenant: str, named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that have a profile now: an own domain has none, others may have expired."""

    async def has_row(kind: str, value: str) -> bool:
        answers = await visit.ask(q.Get(kind, [entity_key(tenant, value)]), q.GetAnswer)
        return any(answer.entries for answer in answers)

    found = await asyncio.gather(*(has_row(kind, value) for kind, value in named if value))
    return [
        one for one, known in zip((one for one in named if one[1]), found, strict=True) if known
    ]


def _check(visit: Visit, kind: str, tenant: str) -> None:
    if kind not in KINDS:
        raise not_found(f"unknown kind {kind}; the kinds are {', '.join(KINDS.names)}")
    visit.check(tenant)


async def _stored(
    visit: Visit, asked: EntityParameters
) -> tuple[bytes | None, int, int, Moment | None]:
    """The row, its partition, the time in seconds, and how it was looked up."""
    if asked.at or asked.before:
        return await _at_moment(visit, asked)
    key = entity_key(asked.tenant, asked.value)
    answers = await visit.ask(q.Get(asked.kind, [key]), q.GetAnswer)
    marks = {n: mark for a in answers for n, mark in a.watermarks.items()}
    for answer in answers:
        for entry in answer.entries:
            now = marks[entry.partition]
            return entry.value, entry.partition, now, None
    return None, -1, max(marks.values(), default=0), None


async def _at_moment(
    visit: Visit, asked: EntityParameters
) -> tuple[bytes | None, int, int, Moment]:
    if asked.at and asked.before:
        raise bad_request("use either at or before, not both")
    at, origin = milliseconds("at", asked.at) if asked.at else 0, None
    if asked.before:
        found = await visit.ask(
            q.MessageVerdicts(asked.before, attributed=False), q.MessageVerdictsAnswer
        )
        verdicts = [revision for answer in found for revision in answer.revisions]
        if not verdicts or verdicts[0]["tenant"] != asked.tenant:
            raise visit.missing(f"{asked.tenant} has no message {asked.before}")
        raw = await visit.ask(q.Raw(asked.before), q.RawAnswer)
        origin = next((answer.origin for answer in raw if answer.origin), None)
        if origin is None:
            raise visit.missing(f"the origin of message {asked.before} is no longer known")
        at = milliseconds("before", verdicts[0]["received_at"])
    query = q.PastRow(asked.kind, asked.tenant, asked.value, at, origin)
    answers = await visit.ask(query, q.PastRowAnswer)
    answer = _best(visit, answers, asked)
    moment = Moment(at, asked.before or "", answer.base, answer.observations)
    return answer.row, answer.partition, at // 1_000, moment


def _best(visit: Visit, answers: list[q.PastRowAnswer], asked: EntityParameters) -> q.PastRowAnswer:
    """The answer of the member that holds the entity."""
    for answer in answers:
        if answer.problem:
            raise bad_request(f"cannot look up that time: {answer.problem}")
    found = [answer for answer in answers if answer.base]
    if found:
        return found[0]
    raise visit.missing(
        f"nothing is known about the {asked.kind} {asked.value} of {asked.tenant}, so there is "
        "no partition to look up its past in"
    )


def milliseconds(name: str, text: str) -> int:
    """A time entered by a user; UTC without a zone.

    Raises:
        ProblemError: it is malformed.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1_000)
    except (ValueError, OverflowError) as error:
        raise bad_request(f"{name}: {text} is not a time like 2026-01-31T08:00") from error


async def _recent(visit: Visit, asked: EntityParameters) -> list[q.VerdictRow]:
    """Recent verdicts on messages that involve an entity."""
    wanted = {
        # A message names more recipients than learn from it, so mail to it counts as well.
        "address": [(asked.value, ""), ("", asked.value)],
        "domain": [(f"@{asked.value}", "")],
        "pair": _both_ways(asked.value),
    }.get(asked.kind, [])
    recent: list[q.VerdictRow] = []
    for sender, recipient in wanted:
        chosen = q.VerdictFilter(tenants=[asked.tenant], sender=sender, recipient=recipient)
        known = {row.uid for row in recent}
        found = await newest_verdicts(visit, chosen, MAX_VERDICTS)
        recent += [row for row in found if row.uid not in known]
    recent.sort(key=lambda row: (row.received_at, row.uid), reverse=True)
    return recent[:MAX_VERDICTS]


def _both_ways(pair: str) -> list[tuple[str, str]]:
    first, _, second = pair.partition(" ")
    return [(first, second), (second, first)]


def prevalence(fields: list[FieldValue], at: int) -> str:
    """How common an entity is: new (known for less than a day), silent (30 days), rare (below 3
    messages in all), uncommon (below 10) or common."""
    values = {item.name: item.value for item in fields}
    count, first, last = values.get("count"), values.get("first_seen"), values.get("last_seen")
    if not count or first is None or last is None:
        return "never wrote"
    now = at * 1_000
    if now - first < DAY_MS:
        return "new"
    if now - last > 30 * DAY_MS:
        return "silent"
    return "rare" if count < 3 else "uncommon" if count < 10 else "common"
