"""Harmless mail of an attacker."""

from __future__ import annotations

from detection_stream.model.message import Address
from detection_stream.simulation.headers import mailbox
from tests.metamorphic.attack import Arrival, Attack
from tests.metamorphic.content import Content, composed
from tests.metamorphic.gateway import arrived

HOUR = 3_600
MAX_PRELUDE_DAYS = 6
"""Days from the first prelude to the attack at most."""
TEXTS = (
    "Hello, is this the right address for questions about deliveries?",
    "Good morning, thank you for the catalogue. It arrived on Tuesday.",
    "Hi, we will be at the fair in spring and look forward to it.",
    "Thanks, that answers it. Have a nice weekend.",
    "Good afternoon, the map on your page still shows the old entrance.",
)


def times(attack: Attack, count: int, first: int, last: int) -> list[int]:
    """Times before the attack, from ``first`` to ``last`` seconds before it."""
    step = (first - last) / max(1, count - 1)
    return [attack.at - first + round(step * number) for number in range(count)]


def harmless(attack: Attack, at: int, number: int, to: Address | None = None) -> Arrival:
    """A harmless mail from the attacker's own mailbox and host."""
    mail = attack.mail.without("In-Reply-To", "References", "Cc", "Reply-To")
    mail = mail.having("Message-ID", f"<{attack.dice.hex(12)}@{attack.sender_domain}>")
    mail = mail.having("Subject", ("Question", "Catalogue", "Fair", "Thanks", "Map")[number % 5])
    mail = mail.having("To", mailbox(to or attack.victim.mailbox))
    mail = mail.with_content(composed(Content(TEXTS[number % len(TEXTS)], "")))
    return Arrival(arrived(mail, at, attack.dice), at)
