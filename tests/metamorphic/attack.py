"""What a transformation gets, and what it gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from detection_stream.demo import OWN_DOMAINS
from detection_stream.demo.organisation import Colleague
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.infrastructure import INSIDE
from tests.metamorphic.mail import Mail

_LINK = re.compile(r"https?://[^\s\"'<>]+")


@dataclass(frozen=True, slots=True)
class Correspondence:
    """A real mail that somebody inside wrote to an outsider, who may show it to anybody."""

    message_id: str
    subject: str
    author: str
    text: str


@dataclass(frozen=True)
class Attack:
    """A flagged mail; ``at`` is its arrival in seconds since 1970.

    What an attacker may know of the organisation comes along: its ``victim``, somebody
    of high rank in it (the ``chief``), and a real ``correspondence``.
    """

    mail: Mail
    at: int
    scenario: str
    victim: Colleague
    chief: Colleague
    correspondence: Correspondence
    number: int

    @cached_property
    def dice(self) -> Dice:
        """Chance, the same for an attack in every run."""
        return Dice(self.number, "metamorphic")

    @property
    def sender(self) -> tuple[str, str]:
        """Display name and address of the author."""
        return self.mail.address("From")

    @property
    def sender_domain(self) -> str:
        """Domain of the author's address."""
        return self.sender[1].rpartition("@")[2].lower()

    @property
    def inside(self) -> bool:
        """Whether it is sent from a mailbox of the organisation."""
        return f" [{INSIDE.network}" in self.mail.gateway[1].value

    @property
    def own_domain(self) -> bool:
        """Whether its author's address is in a domain of the organisation."""
        return self.sender_domain in OWN_DOMAINS


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that comes in at ``at`` (seconds since 1970)."""

    mail: Mail
    at: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """The attack as transformed, and the mails that come ``before`` it."""

    mail: Mail
    before: tuple[Arrival, ...] = ()


Change = Callable[[Attack], Delivery | Mail | None]


def links(text: str) -> list[str]:
    """The addresses of web pages in a text."""
    return _LINK.findall(text)
