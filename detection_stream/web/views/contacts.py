"""Contacts of an address, and where its mail comes from."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from msgspec import Meta, Struct

from detection_stream.web.members import queries as q
from detection_stream.web.view import Parameters, Result, Visit, view


class AddressContacts(Struct):
    """Contacts of an address, display names used, verdicts on its mail."""

    contacts: list[q.Contact]
    names: dict[str, int]
    verdicts: dict[str, int]


async def contacts(visit: Visit, tenant: str, address: str) -> AddressContacts:
    """What all members know about an address; empty without one."""
    found: dict[str, q.Contact] = {}
    names: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    query = q.Contacts(tenant, address)
    for answer in await visit.ask(query, q.ContactsAnswer) if address else ():
        names.update(answer.names)
        verdicts.update(answer.verdicts)
        for contact in answer.contacts:
            same = found.setdefault(contact.address, contact)
            if same is not contact:
                same.sent += contact.sent
                same.received += contact.received
                same.last_at = max(same.last_at, contact.last_at)
    most = sorted(found.values(), key=lambda contact: -(contact.sent + contact.received))
    return AddressContacts(most, names, verdicts)


class NetworkParameters(Parameters):
    """An address of a tenant."""

    tenant: Annotated[str, Meta(min_length=1, max_length=400)]
    value: Annotated[str, Meta(min_length=1, max_length=2_000)]


class NetworksOf(Result):
    """``messages`` is the number of recent messages read."""

    networks: list[q.Network]
    authentication: dict[str, int]
    messages: int


@view("/networks", "networks.html", NetworkParameters, NetworksOf)
async def networks(visit: Visit, asked: NetworkParameters) -> NetworksOf:
    """Hosts that sent an address's latest mail, and how it was authenticated."""
    visit.check(asked.tenant)
    query = q.Networks(asked.tenant, asked.value)
    answers = await visit.ask(query, q.NetworksAnswer)
    found: dict[tuple[str, str], q.Network] = {}
    authentication: Counter[str] = Counter()
    for answer in answers:
        for network in answer.networks:
            same = found.setdefault((network.host, network.address), network)
            if same is not network:
                same.messages += network.messages
                same.last_at = max(same.last_at, network.last_at)
        authentication.update(answer.authentication)
    return NetworksOf(
        networks=sorted(found.values(), key=lambda network: -network.messages),
        authentication=authentication,
        messages=sum(answer.messages for answer in answers),
    )
