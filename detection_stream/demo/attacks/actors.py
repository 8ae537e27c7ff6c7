"""Attackers' identities and link targets."""

from __future__ import annotations

from dataclasses import replace

from detection_stream.demo.organisation import (
    OWN_DOMAINS,
    company_name,
    contact,
    private_mailbox,
)
from detection_stream.demo.world import World
from detection_stream.model.message import Address
from detection_stream.simulation import infrastructure as net
from detection_stream.simulation import mailers
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Correspondent
from detection_stream.simulation.lookalike import lookalike
from detection_stream.simulation.names import plain
from detection_stream.simulation.strangers import full_name

_FREE_HOSTS = (
    "pages.dev",
    "web.app",
    "workers.dev",
    "netlify.app",
    "weebly.com",
    "blogspot.com",
    "r2.dev",
    "github.io",
)
_PATHS = (
    "login",
    "view",
    "secure",
    "doc",
    "auth/session",
    "wp-content/uploads/x",
    "s",
    "index.php",
)
_FRESH_WORDS = (
    "secure",
    "portal",
    "verify",
    "docs",
    "notice",
    "account",
    "cloud",
    "desk",
    "signin",
)


def _local(name: str, dice: Dice) -> str:
    first, _, last = plain(name).partition(" ")
    return dice.pick((f"{first}.{last}" if last else first, first, f"{first}{dice.digits(2)}"))


def impostor_mailbox(name: str, dice: Dice) -> Correspondent:
    """A free mailbox under somebody else's name."""
    author = private_mailbox(name, dice)
    if dice.chance(0.6):
        return author
    domain = author.mailbox.address.partition("@")[2]
    local = dice.pick(("ceo.office", "executive", "mobile.mail", "private", "office"))
    address = f"{local}{dice.digits(4)}@{domain}"
    return replace(author, mailbox=Address(name, address))


def compromised_company(dice: Dice, name: str = "") -> Correspondent:
    """The real mailbox of an uninvolved company, with that company's authentication results."""
    company, domain = company_name(dice)
    author = contact(dice, company, domain, net.company(domain, dice))
    if not name:
        return author
    return replace(author, mailbox=replace(author.mailbox, name=name))


def registered(domain: str, name: str, dice: Dice, local: str = "") -> Correspondent:
    """A mailbox at the attacker's own, mostly well-configured domain."""
    address = f"{local or _local(name, dice)}@{domain}"
    origin = net.company(domain, dice)
    return Correspondent(Address(name, address), dice.pick(mailers.PERSONAL), origin)


def forger(mailbox: Address, dice: Dice) -> Correspondent:
    """Somebody who forges another's exact address."""
    origin = net.forged(mailbox.domain, dice)
    return Correspondent(mailbox, dice.pick(mailers.PERSONAL), origin)


def fresh_domain(dice: Dice) -> str:
    """A freshly registered domain."""
    first, second = dice.pick(_FRESH_WORDS), dice.pick(_FRESH_WORDS)
    return dice.pick((f"{first}-{second}{dice.digits(2)}.example", f"{first}{dice.hex(4)}.example"))


def automated(name: str, dice: Dice) -> Correspondent:
    """A sender posing as a service: own domain, compromised company, or a sending service."""
    way = dice.random()
    if way < 0.35:
        local = dice.pick(("no-reply", "notification", "support", "admin", "service"))
        author = registered(fresh_domain(dice), name, dice, local)
    elif way < 0.7:
        author = compromised_company(dice, name)
    elif way < 0.85:
        _, domain = company_name(dice)
        origin = net.platform(domain, "mailbeam.example", dice, aligned=dice.chance(0.5))
        return Correspondent(Address(name, f"info@{domain}"), mailers.SERVICE, origin)
    else:
        domain = dice.pick(OWN_DOMAINS)
        author = forger(Address(name, f"{dice.pick(('it', 'admin', 'helpdesk'))}@{domain}"), dice)
    return replace(author, mailer=dice.pick((*mailers.BULK, *mailers.PERSONAL)))


def anybody(dice: Dice) -> Correspondent:
    """Any stranger."""
    name = full_name(dice)
    if dice.chance(0.5):
        return private_mailbox(name, dice)
    if dice.chance(0.6):
        return compromised_company(dice, name)
    return registered(fresh_domain(dice), name, dice)


def landing_page(dice: Dice, disguise: str) -> str:
    """Where a link leads; ``disguise`` is the domain it imitates."""
    token, path = dice.hex(10), dice.pick(_PATHS)
    label = disguise.partition(".")[0]
    _, stranger = company_name(dice)
    return dice.pick(
        (
            f"https://{label}-{dice.hex(6)}.{dice.pick(_FREE_HOSTS)}/{path}",
            f"https://{dice.pick(_FRESH_WORDS)}-{token}.{dice.pick(_FREE_HOSTS)}/",
            f"http://203.0.113.{dice.between(2, 250)}/{path}/{token}",
            f"https://www.{stranger}/{path}/{token}.html",
            f"https://{lookalike(f'{label}.example', dice)}/{path}?id={token}",
            f"https://{disguise}.{fresh_domain(dice)}/{path}",
            f"https://{fresh_domain(dice)}/{path}?e={token}",
            f"https://bit.ly/3{dice.hex(6)}",
            f"https://docs.google.com/forms/d/e/1FAIp{token}/viewform",
            f"https://click.mailbeam.example/c/{token}",
        )
    )


def impostor_of_executive(world: World) -> tuple[Correspondent, Correspondent]:
    """Somebody who poses as an executive, and that executive."""
    dice = world.dice
    executive = world.executive()
    name = executive.mailbox.name
    way = dice.random()
    if way < 0.5:
        author = impostor_mailbox(name, dice)
    elif way < 0.72:
        domain = lookalike(executive.mailbox.domain, dice)
        author = registered(domain, name, dice, executive.mailbox.address.partition("@")[0])
    elif way < 0.88:
        author = compromised_company(dice, name)
    else:
        author = forger(executive.mailbox, dice)
    # The signature should look like the executive's own, as far as the attacker knows it.
    author = replace(author, company=dice.pick((executive.company, "")), title="", phone="")
    if dice.chance(0.6):
        author = replace(author, title=executive.title)
    return author, executive
