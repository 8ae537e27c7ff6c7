"""The people of the synthetic organisation, its partners and who knows whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from detection_stream.demo.clock import DAYS
from detection_stream.model.message import Address
from detection_stream.model.person import Person
from detection_stream.simulation import infrastructure as net
from detection_stream.simulation import mailers
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Correspondent
from detection_stream.simulation.infrastructure import SendingHost
from detection_stream.simulation.names import (
    COMPANY_FORMS,
    COMPANY_HEADS,
    COMPANY_TAILS,
    DEPARTMENTS,
    EXECUTIVES,
    PARTNER_TITLES,
    plain,
)
from detection_stream.simulation.strangers import full_name

OWN_DOMAINS: tuple[str, ...] = ("harborlight.example", "harborlight-group.example")
GATEWAY = "mx.harborlight.example"
_COMPANIES = dict(zip(OWN_DOMAINS, ("Harborlight", "Harborlight Group"), strict=True))
# Only the parent company's server reports how its users logged on.
_INSIDE = {OWN_DOMAINS[0]: net.INSIDE, OWN_DOMAINS[1]: SendingHost(results="auth=pass")}

_HEADCOUNT = 300
_PARTNERS = 80
_NEWCOMERS = 14


@dataclass(frozen=True, slots=True)
class Colleague(Correspondent):
    """One of the organisation's people; ``private`` is their private mailbox."""

    department: str = ""
    vip: bool = False
    joined: int = 0
    private: Correspondent | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """A long-standing business partner."""

    name: str
    domain: str
    contacts: tuple[Correspondent, ...]
    counterparts: tuple[Colleague, ...]
    vendor: bool
    account: str


@dataclass(frozen=True, slots=True)
class SyntheticOrganisation:
    """Everybody at the end of the calendar."""

    colleagues: tuple[Colleague, ...]
    executives: tuple[Colleague, ...]
    partners: tuple[Partner, ...]
    vendors: tuple[Partner, ...]


def company_name(dice: Dice) -> tuple[str, str]:
    """A company's name and its domain."""
    head, tail, form = dice.pick(COMPANY_HEADS), dice.pick(COMPANY_TAILS), dice.pick(COMPANY_FORMS)
    label = dice.pick((f"{head}{tail}", f"{head}-{tail}", f"{head}{tail}", f"{head}-{tail}-{form}"))
    slug = "".join(letter for letter in label.lower() if letter.isalnum() or letter == "-")
    return f"{head} {tail} {form}", f"{slug.strip('-')}.example"


def phone(dice: Dice) -> str:
    """A phone number from the ranges reserved for fiction."""
    return dice.pick(
        (
            f"+44 20 7946 0{dice.digits(3)}",
            f"+1 {dice.between(201, 989)} 555 01{dice.digits(2)}",
            f"+44 1632 960{dice.digits(3)}",
        )
    )


def bank_account(dice: Dice) -> str:
    """An account number like an IBAN, with invalid check digits."""
    country = dice.pick(("GB", "DE", "NL", "IE", "LT", "ES"))
    return f"{country}00 {dice.digits(4)} {dice.digits(4)} {dice.digits(4)} {dice.digits(4)}"


def private_mailbox(name: str, dice: Dice) -> Correspondent:
    """A plausible mailbox at a provider for a name."""
    domain = dice.favour(net.FREEMAIL_DOMAINS)
    first, _, last = plain(name).partition(" ")
    last = last.replace(" ", "") or "mail"
    local = dice.pick((f"{first}.{last}", f"{first[0]}{last}", f"{first}{last}", f"{last}.{first}"))
    if dice.chance(0.6):
        local += dice.digits(2)
    mailer = mailers.for_freemail(domain, dice)
    return Correspondent(Address(name, f"{local}@{domain}"), mailer, net.freemail(domain, dice))


def contact(dice: Dice, company: str, domain: str, origin: SendingHost) -> Correspondent:
    """Somebody who works at another company."""
    name = full_name(dice)
    first, _, last = plain(name).partition(" ")
    address = f"{dice.pick((f'{first}.{last}', first, f'{first[0]}.{last}'))}@{domain}"
    return Correspondent(
        Address(name, address),
        dice.pick(mailers.PERSONAL),
        origin,
        dice.pick(PARTNER_TITLES),
        company,
        phone(dice),
    )


def _colleagues(dice: Dice) -> tuple[Colleague, ...]:
    names: dict[str, str] = {}
    while len(names) < _HEADCOUNT:
        name = full_name(dice)
        names.setdefault(plain(name).replace(" ", "."), name)
    departments = tuple(DEPARTMENTS)
    colleagues = []
    for index, (local, name) in enumerate(names.items()):
        executive = index < len(EXECUTIVES)
        department = EXECUTIVES[index][1] if executive else dice.favour(departments)
        domain = OWN_DOMAINS[dice.chance(0.2)]
        private = private_mailbox(name, dice) if executive or dice.chance(0.15) else None
        newcomer = index >= _HEADCOUNT - _NEWCOMERS
        colleagues.append(
            Colleague(
                Address(name, f"{local}@{domain}"),
                dice.pick(mailers.PERSONAL),
                _INSIDE[domain],
                EXECUTIVES[index][0] if executive else dice.pick(DEPARTMENTS[department]),
                _COMPANIES[domain],
                phone(dice),
                department,
                executive,
                dice.between(DAYS // 4, DAYS - 10) if newcomer else 0,
                private,
            )
        )
    return tuple(colleagues)


def _partners(dice: Dice, colleagues: tuple[Colleague, ...]) -> tuple[Partner, ...]:
    partners: dict[str, Partner] = {}
    while len(partners) < _PARTNERS:
        name, domain = company_name(dice)
        if domain in partners:
            continue
        origin = net.company(domain, dice)
        vendor = dice.chance(0.6)
        facing = {"Finance", "Procurement"} if vendor else {"Sales", "Customer Care", "Legal"}
        near = [one for one in colleagues if one.department in facing and not one.joined]
        partners[domain] = Partner(
            name,
            domain,
            tuple(contact(dice, name, domain, origin) for _ in range(dice.between(2, 6))),
            (*dice.sample(near, dice.between(2, 4)), *dice.sample(colleagues[:-_NEWCOMERS], 2)),
            vendor,
            bank_account(dice),
        )
    return tuple(partners.values())


@lru_cache(maxsize=4)
def organisation(seed: int) -> SyntheticOrganisation:
    """The organisation of a seed."""
    dice = Dice(seed, "organisation")
    colleagues = _colleagues(dice)
    partners = _partners(dice, colleagues)
    return SyntheticOrganisation(
        colleagues,
        colleagues[: len(EXECUTIVES)],
        partners,
        tuple(partner for partner in partners if partner.vendor),
    )


def people(seed: int) -> list[Person]:
    """The directory of the organisation of a seed."""
    return [
        Person(one.mailbox.name, one.mailbox.address, one.vip, one.department)
        for one in organisation(seed).colleagues
    ]
