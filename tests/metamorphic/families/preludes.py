"""Harmless mail beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from detection_stream.model.message import Address
from detection_stream.simulation.dates import DAY
from detection_stream.simulation.headers import mailbox
from tests.metamorphic.attack import Arrival, Attack, Change, Delivery, links
from tests.metamorphic.content import Content, composed, content_of
from tests.metamorphic.gateway import arrived
from tests.metamorphic.harmless import HOUR, MAX_PRELUDE_DAYS, harmless, times
from tests.metamorphic.registry import register, transformation


def _preludes(attack: Attack, times: Iterable[int]) -> list[Arrival]:
    return [harmless(attack, at, number) for number, at in enumerate(times)]


def _before(count: int, first: int, last: int) -> Change:
    def change(attack: Attack) -> Delivery:
        return Delivery(attack.mail, tuple(_preludes(attack, times(attack, count, first, last))))

    return change


for _count, _first, _last, _span in (
    (1, 300, 300, "minutes"),
    (1, 2 * DAY, 2 * DAY, "days"),
    (3, 3 * DAY, HOUR, "days"),
    (10, 5 * DAY, 600, "days"),
    (30, MAX_PRELUDE_DAYS * DAY, 300, "days"),
    (30, 2 * HOUR, 120, "minutes"),
):
    register(f"preludes_{_count}_{_span}", f"{_count} harmless mail(s), {_span} before")(
        _before(_count, _first, _last)
    )


@transformation
def own_thread(attack: Attack) -> Delivery:
    """The attack answers the attacker's own prelude."""
    before = _preludes(attack, times(attack, 3, 2 * DAY, HOUR))
    last = before[-1].mail.first("Message-ID")
    mail = attack.mail.having("In-Reply-To", last).having("References", last)
    return Delivery(mail.changed("Subject", lambda own: f"Re: {own}"), tuple(before))


@transformation
def name_used_before(attack: Attack) -> Delivery:
    """Harmless mails under the same display name to other people inside."""
    return _named_before(attack, attack.chief.mailbox)


@transformation
def chief_named_before(attack: Attack) -> Delivery | None:
    """An attack in the chief's name, after harmless mails in it to the victim and others."""
    if attack.sender[0] != attack.chief.mailbox.name:
        return None
    return _named_before(attack, attack.victim.mailbox)


def _named_before(attack: Attack, one: Address) -> Delivery:
    """Harmless mails under the attack's name to ``one`` and to another mailbox inside, in turn."""
    others = (one, Address("", f"info@{attack.victim.mailbox.domain}"))
    return Delivery(
        attack.mail,
        tuple(
            harmless(attack, at, number, others[number % 2])
            for number, at in enumerate(times(attack, 6, 4 * DAY, HOUR))
        ),
    )


@transformation
def links_seen_before(attack: Attack) -> Delivery | None:
    """A harmless mail with the attack's links, to somebody else."""
    content = content_of(attack.mail)
    found = dict.fromkeys(links(content.as_plain))
    if not found:
        return None
    at = attack.at - DAY
    mail = harmless(attack, at, 1, attack.chief.mailbox).mail
    text = "\n".join(("Our pages:", *found))
    html = "".join(f'<a href="{escape(link)}">{escape(link)}</a>' for link in found)
    return Delivery(attack.mail, (Arrival(mail.with_content(composed(Content(text, html))), at),))


@transformation
def attack_sent_before(attack: Attack) -> Delivery:
    """The same attack to somebody else an hour before."""
    at = attack.at - HOUR
    mail = attack.mail.without("Cc").having("To", mailbox(attack.chief.mailbox))
    mail = mail.having("Message-ID", f"<{attack.dice.hex(12)}@{attack.sender_domain}>")
    return Delivery(attack.mail, (Arrival(arrived(mail, at, attack.dice), at),))
