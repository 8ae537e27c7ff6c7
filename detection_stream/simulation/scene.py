"""One simulated message in the making."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from detection_stream.model.message import Address
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.head import Head
from detection_stream.simulation.organisation import Exchange, OrganisationMail
from detection_stream.simulation.scenario import MailScenario

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, from where.

    ``head`` is the real head that the message takes the shape of, ``results`` the outcome of
    authentication where it is not that of the head. ``origin`` names the place that it is sent
    from, empty for where the head's author always sends from. ``header_from`` is the domain that
    is claimed, if it is not the one that sends, ``envelope`` the address that hosts know the author
    by, if it is not the mailbox. ``reader`` is who the author would write to, ``exchange`` a
    conversation with it, ``company`` what it works for, ``site`` its own domain. An ``intruder``
    uses a mailbox from a network that its owner does not use.
    """

    mailbox: Address
    head: Head
    origin: str
    results: Mapping[str, str] = field(default_factory=dict)
    header_from: str = ""
    bulk: bool = False
    site: str = ""
    company: str = ""
    reader: Address | None = None
    exchange: Exchange | None = None
    envelope: Address | None = None
    intruder: bool = False

    @property
    def elsewhere(self) -> bool:
        """Whether the mail is not sent by the domain that it names."""
        return self.envelope is not None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a message is drawn from: the organisation, the scenario, the time (Unix seconds)."""

    organisation: OrganisationMail
    scenario: MailScenario
    at: int
    dice: Dice

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys, by their weights."""
        point = self.dice.random() * sum(weights.values())
        for option, weight in weights.items():
            point -= weight
            if point < 0:
                return option
        return option
