"""What a simulation knows of an organisation: its people, partners, conversations and heads."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from detection_stream.model.message import Address
from detection_stream.simulation.head import Head


@dataclass(frozen=True, slots=True)
class Insider:
    """One of the organisation's people; ``first_at`` is when it first wrote (Unix seconds)."""

    mailbox: Address
    department: str
    first_at: int


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody outside who corresponds with people inside."""

    mailbox: Address
    readers: tuple[Address, ...]
    first_at: int
    messages: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message from outside to somebody inside, by hand, as part of a conversation."""

    at: int
    author: Address
    reader: Address
    subject: str
    references: tuple[str, ...]
    text: str


@dataclass(slots=True)
class OrganisationMail:
    """An organisation as its mail shows it; all times in Unix seconds, sequences in time order.

    ``arrivals`` are those of inbound mail. Heads are those of real messages, by address for
    partners and members, and by domain for free mail providers. ``languages`` are shares by
    ISO 639-1.
    """

    name: str
    own_domains: frozenset[str]
    members: Sequence[Insider]
    executives: Sequence[Insider]
    partners: Sequence[Outsider]
    exchanges: Sequence[Exchange]
    arrivals: Sequence[int]
    topics: Sequence[str]
    company_heads: Sequence[Head]
    bulk_heads: Sequence[Head]
    freemail_heads: Mapping[str, Sequence[Head]]
    heads_of: Mapping[str, Head]
    languages: Mapping[str, float]
    departments: Mapping[str, Sequence[Insider]] = field(default_factory=dict)

    def exchanges_before(self, at: int) -> Sequence[Exchange]:
        """Those of the past."""
        return self.exchanges[: bisect_left(self.exchanges, at, key=lambda one: one.at)]

    def partners_before(self, at: int) -> Sequence[Outsider]:
        """Those who have written by then."""
        return self.partners[: bisect_left(self.partners, at, key=lambda one: one.first_at)]

    def members_before(self, at: int) -> Sequence[Insider]:
        """Those who have written by then."""
        return self.members[: bisect_left(self.members, at, key=lambda one: one.first_at)]
