"""Observations: one thing seen about one entity in one message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """What an entity is to the message.

    ``kind`` is the kind of entity, so the table that holds it. A role with ``signals`` sends a
    row of signals back for each observation; one without only updates the profile.
    """

    name: str
    kind: str
    signals: bool


ROLES = (
    Role("sender", "address", signals=True),
    Role("recipient", "address", signals=True),
    Role("person", "address", signals=False),
    Role("pair", "pair", signals=True),
    Role("domain", "domain", signals=True),
    Role("written_domain", "domain", signals=False),
    Role("link", "link_host", signals=True),
    Role("name", "name", signals=True),
    Role("person_name", "name", signals=False),
    Role("thread", "thread", signals=True),
    Role("written", "thread", signals=False),
)
"""Every role, in the order in which one message's observations of one kind are applied."""

ROLE_CODES = {role.name: code for code, role in enumerate(ROLES)}

SIGNAL_ROLES = tuple(role.name for role in ROLES if role.signals)
"""Roles that send signals; each is a level of signals beside ``message``."""

OBSERVATION_COLUMNS: dict[str, type] = {
    "tenant": str,
    "role": str,
    "value": str,
    "origin": int,
    "origin_partition": int,
    "at": int,
    "external": int,
    "internal": int,
    "member": int,
    "name": int,
    "side": int,
    "vip": int,
    "finance": int,
    "authenticated": float,
}
"""The columns of an observation.

``value`` names the entity within its tenant and kind. ``origin`` and ``origin_partition`` say
which raw record it came from. ``at`` is the message's received_at in milliseconds. ``external``
is 1 when the sender is outside of the organisation, ``internal`` is 1 when the entity itself is
inside. ``member`` is the hash of the counterpart (the recipient for a sender, the address for a
name), ``name`` that of the display name, 0 for none. ``side`` says which of a pair wrote.
``authenticated`` is 1, 0, or NaN when the mail says nothing about it.
"""


def entity_key(tenant: str, value: str) -> bytes:
    """Key of an entity in the table of its kind; the tenant stands in front."""
    return f"{tenant}\0{value}".encode()


def pair_value(sender: str, recipient: str) -> tuple[str, int]:
    """Name of a pair whichever way a message goes, and the side (0 or 1) that wrote."""
    if sender <= recipient:
        return f"{sender} {recipient}", 0
    return f"{recipient} {sender}", 1
