"""Harmless mail beforehand, and answers to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape

from detection_stream.demo.clock import DAY
from detection_stream.demo.headers import mailbox
from detection_stream.demo.infrastructure import GATEWAY
from detection_stream.model.message import Address
from tests.metamorphic.attack import Arrival, Attack, Change, Delivery, links
from tests.metamorphic.content import Content, composed, content_of
from tests.metamorphic.gateway import arrived, robot, spoofed, written_inside
from tests.metamorphic.mail import Field, Mail
from tests.metamorphic.registry import register, transformation

MAX_PRELUDE_DAYS = 6
"""Days from the first prelude to the attack at most."""
_TEXTS = (
    "Hello, is this the right address for questions about deliveries?",
    "Good morning, thank you for the catalogue. It arrived on Tuesday.",
    "Hi, we will be at the fair in spring and look forward to it.",
    "Thanks, that answers it. Have a nice weekend.",
    "Good afternoon, the map on your page still shows the old entrance.",
)


def _times(attack: Attack, count: int, first: int, last: int) -> list[int]:
    """Times before the attack, from ``first`` to ``last`` seconds before it."""
    step = (first - last) / max(1, count - 1)
    return [attack.at - first + round(step * number) for number in range(count)]


def _harmless(attack: Attack, at: int, number: int, to: Address | None = None) -> Arrival:
    """A harmless mail from the attacker's own mailbox and host."""
    mail = attack.mail.without("In-Reply-To", "References", "Cc", "Reply-To")
    mail = mail.having("Message-ID", f"<{attack.dice.hex(12)}@{attack.sender_domain}>")
    mail = mail.having("Subject", ("Question", "Catalogue", "Fair", "Thanks", "Map")[number % 5])
    mail = mail.having("To", mailbox(to or attack.victim.mailbox))
    mail = mail.with_content(composed(Content(_TEXTS[number % len(_TEXTS)], "")))
    return Arrival(arrived(mail, at, attack.dice), at)


def _preludes(attack: Attack, times: Iterable[int]) -> list[Arrival]:
    return [_harmless(attack, at, number) for number, at in enumerate(times)]


def _before(count: int, first: int, last: int) -> Change:
    def change(attack: Attack) -> Delivery:
        return Delivery(attack.mail, tuple(_preludes(attack, _times(attack, count, first, last))))

    return change


_HOUR = 3_600
for _count, _first, _last, _span in (
    (1, 300, 300, "minutes"),
    (1, 2 * DAY, 2 * DAY, "days"),
    (3, 3 * DAY, _HOUR, "days"),
    (10, 5 * DAY, 600, "days"),
    (30, MAX_PRELUDE_DAYS * DAY, 300, "days"),
    (30, 2 * _HOUR, 120, "minutes"),
):
    register(f"preludes_{_count}_{_span}", f"{_count} harmless mail(s), {_span} before")(
        _before(_count, _first, _last)
    )


def _answered(attack: Attack, answers: Sequence[Arrival]) -> Delivery:
    first = _harmless(attack, answers[0].at - 5, 0)
    return Delivery(attack.mail, (first, *answers))


def _subject(attack: Attack) -> str:
    return "Re: Question"


@transformation
def out_of_office(attack: Attack) -> Delivery:
    """A prelude that the victim's out-of-office message answers."""
    answer = written_inside(
        attack,
        attack.victim,
        "Automatic reply: Question",
        "I am out of the office until Monday.",
        ("Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "Precedence: bulk"),
        attack.at - DAY,
    )
    return _answered(attack, [answer])


@transformation
def plain_out_of_office(attack: Attack) -> Delivery:
    """The same from a program that writes no header but Auto-Submitted."""
    answer = written_inside(
        attack,
        attack.victim,
        "Out of office",
        "I am away until Monday.",
        ("Auto-Submitted: auto-replied (vacation)",),
        attack.at - 600,
    )
    return _answered(attack, [answer])


@transformation
def bounced(attack: Attack) -> Delivery:
    """A prelude to nobody, which the organisation's server returns."""
    answer = written_inside(
        attack,
        robot(attack.victim, "mailer-daemon", "Mail Delivery System"),
        "Undelivered Mail Returned to Sender",
        "The mail system could not deliver your message to nobody.",
        ("Auto-Submitted: auto-replied",),
        attack.at - DAY,
    )
    mail = answer.mail
    path = Field("Return-Path", "<>")
    returned = Mail((path, *mail.gateway[1:]), mail.fields, mail.body)
    return _answered(attack, [replace(answer, mail=_report(returned, "delivery-status"))])


@transformation
def receipt(attack: Attack) -> Delivery:
    """A prelude whose receipt the victim's program sends."""
    answer = written_inside(
        attack,
        attack.victim,
        "Read: Question",
        "Your message was read.",
        (),
        attack.at - DAY,
    )
    return _answered(
        attack, [replace(answer, mail=_report(answer.mail, "disposition-notification"))]
    )


@transformation
def accepted_invitation(attack: Attack) -> Delivery:
    """An invitation that a meeting room of the organisation accepts."""
    answer = written_inside(
        attack,
        robot(attack.victim, "room-2", "Room 2"),
        "Accepted: Question",
        "",
        ("Auto-Submitted: auto-generated",),
        attack.at - DAY,
    )
    return _answered(attack, [answer])


def _report(mail: Mail, kind: str) -> Mail:
    mark = "=_report"
    told = (
        f'Content-Type: multipart/report; report-type={kind};\r\n boundary="{mark}"\r\n\r\n'
        f"--{mark}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThis is a report.\r\n"
        f"--{mark}\r\nContent-Type: message/{kind}\r\n\r\nReporting-UA: mail\r\n\r\n--{mark}--\r\n"
    )
    return mail.with_content(told.encode())


def _soliciting(attack: Attack, *, policy: bool, results: bool) -> Delivery | None:
    """Mails in the victim's name to the attacker, with a copy to the victim."""
    if attack.inside:
        return None
    victim = attack.victim.mailbox
    mails = []
    for number, at in enumerate(_times(attack, 3, 2 * DAY, _HOUR)):
        mail = spoofed(attack, victim.address, policy=policy)
        mail = replace(attack, mail=mail).mail.without("In-Reply-To", "References", "Reply-To")
        mail = mail.having("From", mailbox(victim)).having("To", f"<{attack.sender[1]}>")
        mail = mail.having("Cc", f"<{victim.address}>")
        mail = mail.having("Message-ID", f"<{attack.dice.hex(12)}@{victim.domain}>")
        mail = mail.having("Subject", "Thanks").with_content(composed(Content(_TEXTS[number], "")))
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


@transformation
def own_thread(attack: Attack) -> Delivery:
    """The attack answers the attacker's own prelude."""
    before = _preludes(attack, _times(attack, 3, 2 * DAY, _HOUR))
    last = before[-1].mail.first("Message-ID")
    mail = attack.mail.having("In-Reply-To", last).having("References", last)
    return Delivery(mail.having("Subject", "Re: Fair"), tuple(before))


@transformation
def name_used_before(attack: Attack) -> Delivery:
    """Harmless mails under the same display name to other people inside."""
    others = (attack.chief.mailbox, Address("", f"info@{attack.victim.mailbox.domain}"))
    return Delivery(
        attack.mail,
        tuple(
            _harmless(attack, at, number, others[number % 2])
            for number, at in enumerate(_times(attack, 6, 4 * DAY, _HOUR))
        ),
    )


@transformation
def chief_named_before(attack: Attack) -> Delivery:
    """Harmless mails under the chief's display name, then the attack under it."""
    named = mailbox(Address(attack.chief.mailbox.name, attack.sender[1]))
    before = [
        replace(one, mail=one.mail.having("From", named))
        for one in _preludes(attack, _times(attack, 6, 4 * DAY, _HOUR))
    ]
    return Delivery(attack.mail.having("From", named), tuple(before))


@transformation
def links_seen_before(attack: Attack) -> Delivery | None:
    """A harmless mail with the attack's links, to somebody else."""
    content = content_of(attack.mail)
    found = dict.fromkeys(links(content.as_plain))
    if not found:
        return None
    at = attack.at - DAY
    mail = _harmless(attack, at, 1, attack.chief.mailbox).mail
    text = "\n".join(("Our pages:", *found))
    html = "".join(f'<a href="{escape(link)}">{escape(link)}</a>' for link in found)
    return Delivery(attack.mail, (Arrival(mail.with_content(composed(Content(text, html))), at),))


@transformation
def attack_sent_before(attack: Attack) -> Delivery:
    """The same attack to somebody else an hour before."""
    at = attack.at - _HOUR
    mail = attack.mail.without("Cc").having("To", mailbox(attack.chief.mailbox))
    mail = mail.having("Message-ID", f"<{attack.dice.hex(12)}@{attack.sender_domain}>")
    return Delivery(attack.mail, (Arrival(arrived(mail, at, attack.dice), at),))
