"""How mass mail of attackers is sent: from taken servers, forged or with failing proof.

Shares are rough ones of phishing of 2022 to 2024 and of spam: a return path elsewhere in four of
ten, a failure in two of ten, replies elsewhere in one of six, a random mailbox in one of ten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from detection_stream.model.message import Address
from detection_stream.signals.lists import brand_domains
from detection_stream.simulation import strangers
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.scenario import Actor
from detection_stream.simulation.scene import Author, Scene

CARELESS: Final[frozenset[Actor]] = frozenset(
    {"service_fresh", "service_company", "service_platform", "stranger_company", "fresh_domain"}
)
"""Actors who send in bulk and do not mind how."""

_ELSEWHERE_SHARE: Final = 0.35
_FAILING_SHARE: Final = 0.12
_BRAND_SHARE: Final = 0.1
_RANDOM_SHARE: Final = 0.1
_UNPROVEN: Final[tuple[Mapping[str, str], ...]] = (
    {"spf": "softfail", "dkim": "none", "dmarc": "fail"},
    {"spf": "fail", "dkim": "none", "dmarc": "fail"},
    {"spf": "none", "dkim": "none", "dmarc": "none"},
    {"spf": "fail", "dkim": "fail", "dmarc": "fail"},
)
_ELSEWHERE: Final[tuple[Mapping[str, str], ...]] = (
    {"spf": "pass", "dkim": "none", "dmarc": "fail"},
    {"spf": "pass", "dkim": "none", "dmarc": "none"},
    {"spf": "pass", "dkim": "pass", "dmarc": "fail"},
)


def carelessly(scene: Scene, author: Author) -> Author:
    """The author as attackers send who write to many."""
    dice, local = scene.dice, author.mailbox.address.partition("@")[0]
    if dice.chance(_RANDOM_SHARE):
        local = _random(dice)
        author = _renamed(author, f"{local}@{author.mailbox.domain}")
    if author.bulk:
        return author
    if dice.chance(_BRAND_SHARE) and "service" in "".join(scene.scenario.senders):
        domain = dice.pick(sorted(brand_domains()))
        forged = _renamed(author, f"{dice.pick(('no-reply', 'support', local))}@{domain}")
        return replace(forged, results=dice.pick(_UNPROVEN), header_from=domain)
    if dice.chance(_ELSEWHERE_SHARE):
        envelope = Address("", f"{dice.pick((local, 'www-data', 'info'))}@{_server(dice)}")
        return replace(author, envelope=envelope, results=dice.pick(_ELSEWHERE),
                       header_from=author.mailbox.domain)  # fmt: skip
    if dice.chance(_FAILING_SHARE):
        return replace(author, results=dice.pick(_UNPROVEN))
    return author


def _renamed(author: Author, address: str) -> Author:
    return replace(author, mailbox=replace(author.mailbox, address=address))


def _server(dice: Dice) -> str:
    _, domain = strangers.company(dice)
    return dice.pick((domain, domain, f"vps{dice.digits(4)}.{domain}", f"mail.{domain}"))


def _random(dice: Dice) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(dice.pick(letters) for _ in range(dice.between(8, 16)))
