"""What an attacker may know of the demo organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from detection_stream.demo import DemoMessage
from detection_stream.demo.organisation import Colleague, organisation
from tests.metamorphic.attack import Attack, Correspondence
from tests.metamorphic.content import content_of
from tests.metamorphic.mail import split

_TO_PARTNERS = frozenset({"partner_reply", "partner_thread", "report_to_partner"})
MAX_KNOWN_CHARACTERS = 400
"""Characters of a mail that are quoted: what replies repeat."""


def correspondences(history: Iterable[DemoMessage], seed: int) -> dict[str, Correspondence]:
    """The last mail that each colleague wrote to somebody outside, by the colleague's address."""
    inside = {one.mailbox.address for one in organisation(seed).colleagues}
    found: dict[str, Correspondence] = {}
    for message in history:
        if message.scenario not in _TO_PARTNERS:
            continue
        mail = split(message.raw)
        name, author = mail.address("From")
        if author in inside:
            subject = " ".join(mail.first("Subject").split())
            text = content_of(mail).as_plain[:MAX_KNOWN_CHARACTERS]
            found[author] = Correspondence(message.message_id, subject, f"{name} <{author}>", text)
    return found


def attack_of(
    message: DemoMessage, number: int, real: Mapping[str, Correspondence], seed: int
) -> Attack:
    """An attack with what its author may know; ``number`` names it."""
    mail = split(message.raw)
    everybody = organisation(seed)
    by_address = {one.mailbox.address: one for one in everybody.colleagues}
    victim = by_address.get(mail.address("To")[1].lower(), everybody.colleagues[-1])
    return Attack(
        mail,
        message.received_at // 1_000,
        message.scenario,
        victim,
        _chief(everybody.executives, mail.address("From"), victim),
        real.get(victim.mailbox.address) or next(iter(real.values())),
        number,
    )


def _chief(
    executives: Sequence[Colleague], author: tuple[str, str], victim: Colleague
) -> Colleague:
    """The executive that an attack names already, else the first other than its victim."""
    for one in executives:
        if one.mailbox.name == author[0] and one is not victim:
            return one
    return next(one for one in executives if one is not victim)
