"""Mail that seems to be from the victim to the attacker."""

from __future__ import annotations

from dataclasses import replace

from detection_stream.demo.organisation import GATEWAY
from detection_stream.simulation.dates import DAY
from detection_stream.simulation.headers import mailbox
from tests.metamorphic.attack import Arrival, Attack, Delivery
from tests.metamorphic.content import Content, composed
from tests.metamorphic.gateway import arrived, spoofed
from tests.metamorphic.harmless import HOUR, TEXTS, times
from tests.metamorphic.mail import Field
from tests.metamorphic.registry import transformation


def _soliciting(attack: Attack, *, policy: bool, results: bool) -> Delivery | None:
    """Mails in the victim's name to the attacker, with a copy to the victim."""
    if attack.inside:
        return None
    victim = attack.victim.mailbox
    mails = []
    for number, at in enumerate(times(attack, 3, 2 * DAY, HOUR)):
        mail = spoofed(attack, victim.address, policy=policy)
        mail = mail.without("In-Reply-To", "References", "Reply-To")
        mail = mail.having("From", mailbox(victim)).having("To", f"<{attack.sender[1]}>")
        mail = mail.having("Cc", f"<{victim.address}>")
        mail = mail.having("Message-ID", f"<{attack.dice.hex(12)}@{victim.domain}>")
        mail = mail.having("Subject", "Thanks").with_content(composed(Content(TEXTS[number], "")))
        if results:
            told = f"{GATEWAY}; spf=pass; dkim=pass header.d={victim.domain}; dmarc=pass"
            mail = mail.on_top(Field("Authentication-Results", told))
        mails.append(Arrival(arrived(mail, at, attack.dice), at))
    return Delivery(attack.mail, tuple(mails))


@transformation
def false_solicitation(attack: Attack) -> Delivery | None:
    """Three mails in the victim's name to the attacker; nothing proves or refutes them."""
    return _soliciting(attack, policy=False, results=False)


@transformation
def false_solicitation_failing(attack: Attack) -> Delivery | None:
    """The same where the domain's policy fails."""
    return _soliciting(attack, policy=True, results=False)


@transformation
def false_solicitation_with_results(attack: Attack) -> Delivery | None:
    """The same with forged passing results."""
    return _soliciting(attack, policy=True, results=True)


@transformation
def false_thread(attack: Attack) -> Delivery | None:
    """The attack answers a prelude in the victim's name."""
    delivery = _soliciting(attack, policy=False, results=False)
    if delivery is None:
        return None
    last = delivery.before[-1].mail.first("Message-ID")
    mail = delivery.mail.having("In-Reply-To", last).having("References", last)
    return replace(delivery, mail=mail)
