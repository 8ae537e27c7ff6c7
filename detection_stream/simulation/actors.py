"""Who writes a simulated message, and from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from detection_stream.model.message import Address
from detection_stream.signals.lists import names
from detection_stream.simulation import strangers
from detection_stream.simulation.careless import CARELESS, carelessly
from detection_stream.simulation.census import company_of
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.head import Head
from detection_stream.simulation.lookalike import lookalike
from detection_stream.simulation.organisation import Exchange, Insider, Outsider
from detection_stream.simulation.scenario import Actor
from detection_stream.simulation.scene import Author, Scene

_FREEMAIL = ("gmail.com", "gmail.com", "outlook.com", "yahoo.com", "hotmail.com", "icloud.com",
             "aol.com", "gmx.net", "proton.me", "mail.com")  # fmt: skip
_RECENT_EXCHANGES = 400
_OWN_PROOF_SHARE = 0.7
_BULK_SPAM_SHARE = 0.3
_FAILURES: Final[tuple[Mapping[str, str], ...]] = (
    {"spf": "fail", "dkim": "none", "dmarc": "fail"},
    {"spf": "softfail", "dkim": "none", "dmarc": "fail"},
    {"spf": "none", "dkim": "none", "dmarc": "none"},
    {"spf": "pass", "dkim": "none", "dmarc": "fail"},
    {"spf": "pass", "dkim": "pass", "dmarc": "fail"},
)


def author(scene: Scene, actor: Actor) -> Author | None:
    """Somebody of this kind; None if the organisation's mail has nobody to be or to imitate."""
    found = _ACTORS[actor](scene)
    if found is None or scene.scenario.is_harmless or actor not in CARELESS:
        return found
    return carelessly(scene, found)


def _company_head(scene: Scene) -> Head | None:
    heads = scene.organisation.company_heads or scene.organisation.bulk_heads
    return scene.dice.pick(heads) if heads else None


def _freemail(scene: Scene, name: str, *, disguised: bool = False) -> Author | None:
    """A mailbox at a provider, with the head of a real one there if there is one."""
    known = scene.organisation.freemail_heads
    domain = scene.dice.pick(_FREEMAIL)
    if known and (domain not in known or scene.dice.chance(0.3)):
        domain = scene.dice.pick(sorted(known))
    head = scene.dice.pick(known[domain]) if known.get(domain) else _company_head(scene)
    if head is None:
        return None
    mailbox = strangers.private_mailbox(name, domain, scene.dice, disguised=disguised)
    return Author(mailbox, head, mailbox.address)


def _at(scene: Scene, name: str, domain: str, company: str = "", local: str = "") -> Author | None:
    """A mailbox at a domain that sends as other companies do."""
    head = _company_head(scene)
    if head is None:
        return None
    local = local or strangers.local_part(name, scene.dice)
    mailbox = Address(name, f"{local}@{domain}")
    return Author(mailbox, head, domain, company=company, site=domain)


def _executive(scene: Scene) -> Address | None:
    executives = scene.organisation.executives
    return scene.dice.pick(executives).mailbox if executives else None


def _colleague(scene: Scene) -> Address | None:
    members = scene.organisation.members_before(scene.at)
    return scene.dice.pick(members).mailbox if members else None


def _exchange(scene: Scene, partner: Outsider | None = None) -> Exchange | None:
    recent: Sequence[Exchange] = scene.organisation.exchanges_before(scene.at)[-_RECENT_EXCHANGES:]
    if partner:
        recent = [one for one in recent if one.author.address == partner.mailbox.address]
    return scene.dice.pick(recent) if recent else None


def _partner(scene: Scene) -> Outsider | None:
    """One who has written by then, those who write most a little more often."""
    partners = scene.organisation.partners_before(scene.at)
    if not partners:
        return None
    found = [scene.dice.pick(partners) for _ in range(2)]
    return max(found, key=lambda partner: partner.messages)


Whom = Callable[[Scene], Address | None]


def _by_freemail(whom: Whom, *, disguised: bool) -> Callable[[Scene], Author | None]:
    def write(scene: Scene) -> Author | None:
        person = whom(scene)
        return (
            None
            if person is None
            else _freemail(
                scene, _claimed(person, scene.dice, scene.organisation.name), disguised=disguised
            )
        )

    return write


def _claimed(person: Address, dice: Dice, company: str) -> str:
    """A name as an impostor would display it."""
    return (
        person.name
        if dice.chance(0.8)
        else dice.pick(
            (
                f"{person.name} ({company})",
                f"{person.name}, {company}",
                person.name.upper(),
                person.name.split()[-1],
            )
        )
    )


def _by_lookalike(whom: Whom) -> Callable[[Scene], Author | None]:
    def write(scene: Scene) -> Author | None:
        person = whom(scene)
        if person is None:
            return None
        local, _, domain = person.address.rpartition("@")
        return _at(scene, person.name, lookalike(domain, scene.dice), local=local)

    return write


def _by_stranger(whom: Whom) -> Callable[[Scene], Author | None]:
    def write(scene: Scene) -> Author | None:
        person = whom(scene)
        _, domain = strangers.company(scene.dice)
        return _at(scene, person.name, domain) if person else None

    return write


def _by_forgery(whom: Whom) -> Callable[[Scene], Author | None]:
    """The exact address; what sends it fails to prove that, or proves another domain."""

    def write(scene: Scene) -> Author | None:
        person, head = whom(scene), _company_head(scene)
        if person is None or head is None:
            return None
        results = dict(scene.dice.pick(_FAILURES))
        _, domain = strangers.company(scene.dice)
        # A pass can only be that of the domain that sends.
        own = "pass" in results.values() or scene.dice.chance(0.3)
        envelope = Address("", f"{person.address.partition('@')[0]}@{domain}") if own else None
        return Author(person, head, f"forged {domain}", results, person.domain, envelope=envelope)

    return write


def _account(scene: Scene) -> Author | None:
    """The real mailbox inside, used by somebody else."""
    found = _inside(scene, scene.organisation.members)
    return found and replace(found, intruder=scene.dice.chance(0.6))


def _partner_mailbox(scene: Scene, *, intruder: bool) -> Author | None:
    """The real mailbox of somebody outside."""
    partner = _partner(scene)
    if partner is None:
        return None
    head = scene.organisation.heads_of[partner.mailbox.address]
    company = company_of(partner.mailbox)
    exchange = _exchange(scene, partner)
    reader = scene.dice.favour(partner.readers) if partner.readers else None
    return Author(
        partner.mailbox,
        head,
        "",
        company=company,
        reader=reader,
        exchange=exchange,
        site=partner.mailbox.domain,
        intruder=intruder and scene.dice.chance(0.6),
    )


def _partner_double(scene: Scene, *, freemail: bool) -> Author | None:
    partner = _partner(scene)
    if partner is None:
        return None
    local, _, domain = partner.mailbox.address.rpartition("@")
    name = partner.mailbox.name
    if freemail or domain in names("freemail"):
        double = _freemail(scene, name)
    else:
        double = _at(scene, name, lookalike(domain, scene.dice), local=local)
    if double is None:
        return None
    reader = scene.dice.favour(partner.readers) if partner.readers else None
    return replace(
        double,
        company=company_of(partner.mailbox),
        reader=reader,
        exchange=_exchange(scene, partner),
    )


def _stranger(scene: Scene) -> Author | None:
    company, domain = strangers.company(scene.dice)
    found = _at(scene, strangers.full_name(scene.dice), domain, company)
    if found and scene.scenario.kind == "spam" and scene.dice.chance(_BULK_SPAM_SHARE):
        heads = scene.organisation.bulk_heads or (found.head,)
        found = replace(found, head=scene.dice.pick(heads), bulk=True)
    return found and replace(found, exchange=_exchange(scene))


def _fresh(scene: Scene) -> Author | None:
    return _at(scene, strangers.full_name(scene.dice), strangers.fresh_domain(scene.dice))


def _service_name(scene: Scene) -> tuple[str, str]:
    service = scene.dice.pick(scene.scenario.services)
    name, domain = (service, "") if isinstance(service, str) else service
    members = scene.organisation.members
    values = {
        "{company}": scene.organisation.name,
        "{partner}": strangers.company(scene.dice)[0],
        "{colleague}": scene.dice.pick(members).mailbox.name if members else "",
    }
    for slot, value in values.items():
        name = name.replace(slot, value)
    return name, domain


def _service(scene: Scene, domain: str, *, bulk: float = 0.0) -> Author | None:
    name, _ = _service_name(scene)
    locals_ = (
        "no-reply",
        "noreply",
        "notification",
        "support",
        "admin",
        "info",
        "service",
        "billing",
        "notice",
        "alerts",
        "mail",
        strangers.local_part(strangers.full_name(scene.dice), scene.dice),
    )
    found = _at(scene, name, domain, name, scene.dice.pick(locals_))
    if found and scene.organisation.bulk_heads and scene.dice.chance(bulk):
        head = scene.dice.pick(scene.organisation.bulk_heads)
        return replace(found, head=head, bulk=True)
    return found


def _service_spoof(scene: Scene) -> Author | None:
    def desk(_: Scene) -> Address:
        name, _domain = _service_name(scene)
        local = scene.dice.pick(("it", "helpdesk", "admin", "hr", "support", "no-reply", "payroll",
                                 "security", "postmaster", "service"))  # fmt: skip
        return Address(name, f"{local}@{scene.dice.pick(sorted(scene.organisation.own_domains))}")

    return _by_forgery(desk)(scene)


def _service_freemail(scene: Scene) -> Author | None:
    return _freemail(scene, _service_name(scene)[0], disguised=True)


def _real_service(scene: Scene) -> Author | None:
    name, domain = _service_name(scene)
    # The same service sends from one place, in one way.
    fixed = Dice(len(scene.organisation.arrivals), f"service {domain}")
    heads = scene.organisation.bulk_heads or scene.organisation.company_heads
    if not heads:
        return None
    if scene.scenario.kind != "graymail" and fixed.chance(0.5) and scene.organisation.company_heads:
        heads = scene.organisation.company_heads
    local = fixed.pick(("no-reply", "notifications", "billing", "service", "info", "support"))
    mailbox = Address(name, f"{local}@{domain or strangers.company(fixed)[1]}")
    return Author(
        mailbox,
        fixed.pick(heads),
        mailbox.domain,
        bulk=fixed.chance(0.6),
        site=mailbox.domain,
        company=name,
    )


def _own_service(scene: Scene) -> Author | None:
    """A service that sends in the organisation's name, mostly with its proof."""
    found = _real_service(scene)
    if found is None:
        return None
    own = scene.dice.pick(sorted(scene.organisation.own_domains))
    mailbox = Address(found.mailbox.name, f"{found.mailbox.address.partition('@')[0]}@{own}")
    if scene.dice.chance(_OWN_PROOF_SHARE):
        proof = {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
        return replace(found, mailbox=mailbox, results=proof, header_from=own)
    results = {"spf": "pass", "dkim": "pass", "dmarc": scene.dice.pick(("fail", "none"))}
    return replace(found, mailbox=mailbox, results=results, header_from=own, envelope=found.mailbox)


def _inside(scene: Scene, people: Sequence[Insider]) -> Author | None:
    known = [
        one
        for one in people
        if one.mailbox.address in scene.organisation.heads_of and one.first_at <= scene.at
    ]
    if not known:
        return None
    member = scene.dice.pick(known)
    return Author(member.mailbox, scene.organisation.heads_of[member.mailbox.address], "")


def _private(whom: Whom) -> Callable[[Scene], Author | None]:
    """A private mailbox that stays the same for its owner."""

    def write(scene: Scene) -> Author | None:
        person = whom(scene)
        if person is None:
            return None
        fixed = replace(scene, dice=Dice(1, f"private {person.address}"))
        return _freemail(fixed, person.name)

    return write


_ACTORS: Final[Mapping[Actor, Callable[[Scene], Author | None]]] = {
    "executive_freemail": _by_freemail(_executive, disguised=True),
    "executive_lookalike": _by_lookalike(_executive),
    "executive_stranger": _by_stranger(_executive),
    "executive_spoof": _by_forgery(_executive),
    "colleague_freemail": _by_freemail(_colleague, disguised=True),
    "colleague_lookalike": _by_lookalike(_colleague),
    "colleague_spoof": _by_forgery(_colleague),
    "colleague_account": _account,
    "partner_account": lambda scene: _partner_mailbox(scene, intruder=True),
    "partner_lookalike": lambda scene: _partner_double(scene, freemail=False),
    "partner_freemail": lambda scene: _partner_double(scene, freemail=True),
    "stranger_freemail": lambda scene: _freemail(scene, strangers.full_name(scene.dice)),
    "stranger_company": _stranger,
    "fresh_domain": _fresh,
    "service_fresh": lambda scene: _service(scene, strangers.fresh_domain(scene.dice), bulk=0.1),
    "service_company": lambda scene: _service(scene, strangers.company(scene.dice)[1]),
    "service_freemail": _service_freemail,
    "service_platform": lambda scene: _service(scene, strangers.company(scene.dice)[1], bulk=1.0),
    "service_spoof": _service_spoof,
    "new_company": _stranger,
    "new_freemail": lambda scene: _freemail(scene, strangers.full_name(scene.dice)),
    "known_partner": lambda scene: _partner_mailbox(scene, intruder=False),
    "colleague": lambda scene: _inside(scene, scene.organisation.members),
    "executive": lambda scene: _inside(scene, scene.organisation.executives),
    "colleague_private": _private(_colleague),
    "executive_private": _private(_executive),
    "real_service": _real_service,
    "own_service": _own_service,
}
