"""The profile of an entity, now or at a moment."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from detection_stream.model.observation import entity_key
from detection_stream.parsing.domains import registrable
from detection_stream.profiles.kinds import PROFILES
from detection_stream.web.decoding import Field, decode
from detection_stream.web.index.writing import DAY_MS
from detection_stream.web.members import queries as q
from detection_stream.web.members.cluster import Gathered
from detection_stream.web.problems import bad_request, not_found
from detection_stream.web.view import Parameters, Result, Visit, newest_verdicts, view

RECENT_VERDICTS = 10

Uid = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class EntityParameters(Parameters):
    """``at`` (a time such as 2026-01-31T08:00, in UTC) or ``before`` (a uid) choose a moment."""

    kind: str
    tenant: Annotated[str, Meta(min_length=1, max_length=400)]
    value: Annotated[str, Meta(min_length=1, max_length=2_000)]
    at: Annotated[str, Meta(max_length=40)] = ""
    before: Uid | None = None


class Moment(Struct):
    """The moment that a row is looked at; ``base`` says what it was built from."""

    at: int
    before: str
    base: str
    observations: int


class Entity(Result):
    """``fields`` are empty where nothing is known of the entity.

    ``prevalence`` is a word for how usual it is, ``moment`` None for now. ``expired`` says that
    the row was silent for too long: stages see it as one that was never there.
    """

    kind: str
    tenant: str
    value: str
    partition: int
    prevalence: str
    expired: bool
    moment: Moment | None
    fields: list[Field]
    contacts: list[q.Contact]
    names: dict[str, int]
    verdicts: dict[str, int]
    recent: list[q.VerdictRow]
    related: list[tuple[str, str]]


@view("/entities/{kind}", "entity.html", EntityParameters, Entity)
async def entity(visit: Visit, asked: EntityParameters) -> Entity:
    """The profile of an address, pair, domain, link domain, display name or Message-ID."""
    _check(visit, asked.kind, asked.tenant)
    stored, partition, at, moment, notes = await _stored(visit, asked)
    contacts, recent = await _mail(visit, asked)
    fields = [] if stored is None else decode(asked.kind, stored, at)
    expired = stored is not None and bool(PROFILES[asked.kind].expired([stored], at)[0])
    if stored is None and not recent and moment is None:
        raise not_found(
            f"nothing is known of the {asked.kind} {asked.value} of {asked.tenant}; it has not "
            "been seen, or not for so long that it was forgotten"
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
        contacts=contacts.contacts,
        names=contacts.names,
        verdicts=contacts.verdicts,
        recent=recent,
        related=_related(asked.kind, asked.value),
        notes=notes,
    )


def _check(visit: Visit, kind: str, tenant: str) -> None:
    if kind not in PROFILES:
        raise not_found(f"there is no kind {kind}; the kinds are {', '.join(PROFILES)}")
    visit.check(tenant)


async def _stored(
    visit: Visit, asked: EntityParameters
) -> tuple[bytes | None, int, int, Moment | None, list[str]]:
    """The row, its partition, the moment in seconds, how it was looked up, and notes."""
    if asked.at or asked.before:
        return await _at_moment(visit, asked)
    key = entity_key(asked.tenant, asked.value)
    gathered = await visit.cluster.ask(q.Get(asked.kind, [key]), q.GetAnswer)
    marks = {n: mark for a in gathered.answers for n, mark in a.watermarks.items()}
    for answer in gathered.answers:
        for entry in answer.entries:
            now = marks[entry.partition]
            return entry.value, entry.partition, now, None, gathered.notes
    return None, -1, max(marks.values(), default=0), None, gathered.notes


async def _at_moment(
    visit: Visit, asked: EntityParameters
) -> tuple[bytes | None, int, int, Moment, list[str]]:
    if asked.at and asked.before:
        raise bad_request("give either at or before, not both")
    at, origin = milliseconds("at", asked.at) if asked.at else 0, None
    if asked.before:
        found = await visit.cluster.ask(q.Message(asked.before, attributed=False), q.MessageAnswer)
        verdicts = [revision for answer in found.answers for revision in answer.revisions]
        if not verdicts or verdicts[0]["tenant"] != asked.tenant:
            raise not_found(f"there is no message {asked.before} of {asked.tenant}")
        raw = await visit.cluster.ask(q.Raw(asked.before), q.RawAnswer)
        origin = next((answer.origin for answer in raw.answers if answer.origin), None)
        if origin is None:
            raise not_found(f"where the message {asked.before} came in is not known any more")
        at = milliseconds("before", verdicts[0]["received_at"])
    query = q.History(asked.kind, asked.tenant, asked.value, at, origin)
    gathered = await visit.cluster.ask(query, q.HistoryAnswer)
    answer = _best(gathered, asked)
    moment = Moment(at, asked.before or "", answer.base, answer.observations)
    return answer.row, answer.partition, at // 1_000, moment, gathered.notes


def _best(gathered: Gathered[q.HistoryAnswer], asked: EntityParameters) -> q.HistoryAnswer:
    """The answer of the member that holds the entity."""
    for answer in gathered.answers:
        if answer.problem:
            raise bad_request(f"that moment is outside of what is kept: {answer.problem}")
    found = [answer for answer in gathered.answers if answer.base]
    if found:
        return found[0]
    raise not_found(
        f"nothing is known of the {asked.kind} {asked.value} of {asked.tenant} now, so there is "
        "no partition to look for its past in"
    )


def milliseconds(name: str, text: str) -> int:
    """A time that somebody has typed, UTC when it says no zone.

    Raises:
        ProblemError: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1_000)
    except (ValueError, OverflowError) as error:
        raise bad_request(f"{name}: {text} is no time such as 2026-01-31T08:00") from error


async def _mail(
    visit: Visit, asked: EntityParameters
) -> tuple[q.ContactsAnswer, list[q.VerdictRow]]:
    """Contacts of an address, and recent verdicts of what an entity took part in."""
    wanted = {
        "address": [(asked.value, "")],
        "domain": [(f"@{asked.value}", "")],
        "pair": _both_ways(asked.value),
    }.get(asked.kind, [])
    recent: list[q.VerdictRow] = []
    for sender, recipient in wanted:
        chosen = q.VerdictFilter(tenants=[asked.tenant], sender=sender, recipient=recipient)
        rows, _ = await newest_verdicts(visit, chosen, RECENT_VERDICTS)
        recent += rows
    recent.sort(key=lambda row: (row.received_at, row.uid), reverse=True)
    answers: list[q.ContactsAnswer] = []
    if asked.kind == "address":
        query = q.Contacts(asked.tenant, asked.value)
        answers = (await visit.cluster.ask(query, q.ContactsAnswer)).answers
    return _together(answers), recent[:RECENT_VERDICTS]


def _both_ways(pair: str) -> list[tuple[str, str]]:
    first, _, second = pair.partition(" ")
    return [(first, second), (second, first)]


def _together(answers: list[q.ContactsAnswer]) -> q.ContactsAnswer:
    """What all members know of an address."""
    contacts: dict[str, q.Contact] = {}
    names: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for answer in answers:
        names.update(answer.names)
        verdicts.update(answer.verdicts)
        for contact in answer.contacts:
            same = contacts.setdefault(contact.address, contact)
            if same is not contact:
                same.sent += contact.sent
                same.received += contact.received
                same.last_at = max(same.last_at, contact.last_at)
    most = sorted(contacts.values(), key=lambda contact: -(contact.sent + contact.received))
    return q.ContactsAnswer(partitions=[], contacts=most, names=names, verdicts=verdicts)


def prevalence(fields: list[Field], at: int) -> str:
    """How usual an entity is: new (known for less than a day), silent (30 days), rare (below 3
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


def _related(kind: str, value: str) -> list[tuple[str, str]]:
    """Other entities that belong to one: kind and value."""
    if kind == "address" and "@" in value:
        return [("domain", registrable(value.rpartition("@")[2]))]
    if kind == "pair":
        return [("address", part) for part in value.split(" ") if part]
    return []


class NetworkParameters(Parameters):
    """An address of a tenant."""

    tenant: Annotated[str, Meta(min_length=1, max_length=400)]
    value: Annotated[str, Meta(min_length=1, max_length=2_000)]


class NetworksOf(Result):
    """``messages`` is how many recent ones were read."""

    networks: list[q.Network]
    authentication: dict[str, int]
    messages: int


@view("/networks", "networks.html", NetworkParameters, NetworksOf)
async def networks(visit: Visit, asked: NetworkParameters) -> NetworksOf:
    """From which hosts an address's latest mail came, and how it was authenticated."""
    visit.check(asked.tenant)
    query = q.Networks(asked.tenant, asked.value)
    gathered = await visit.cluster.ask(query, q.NetworksAnswer)
    found: dict[tuple[str, str], q.Network] = {}
    authentication: Counter[str] = Counter()
    for answer in gathered.answers:
        for network in answer.networks:
            same = found.setdefault((network.host, network.address), network)
            if same is not network:
                same.messages += network.messages
                same.last_at = max(same.last_at, network.last_at)
        authentication.update(answer.authentication)
    return NetworksOf(
        networks=sorted(found.values(), key=lambda network: -network.messages),
        authentication=authentication,
        messages=sum(answer.messages for answer in gathered.answers),
        notes=gathered.notes,
    )
