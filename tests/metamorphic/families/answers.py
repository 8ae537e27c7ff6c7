"""What the organisation answers to harmless mail."""

from __future__ import annotations

from dataclasses import replace

from detection_stream.simulation.dates import DAY
from tests.metamorphic.attack import Arrival, Attack, Delivery
from tests.metamorphic.gateway import robot, written_inside
from tests.metamorphic.harmless import harmless
from tests.metamorphic.mail import Field, Mail
from tests.metamorphic.registry import transformation


def _answered(attack: Attack, answer: Arrival) -> Delivery:
    return Delivery(attack.mail, (harmless(attack, answer.at - 5, 0), answer))


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
    return _answered(attack, answer)


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
    return _answered(attack, answer)


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
    return _answered(attack, replace(answer, mail=_report(returned, "delivery-status")))


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
    return _answered(attack, replace(answer, mail=_report(answer.mail, "disposition-notification")))


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
    return _answered(attack, answer)


def _report(mail: Mail, kind: str) -> Mail:
    mark = "=_report"
    told = (
        f'Content-Type: multipart/report; report-type={kind};\r\n boundary="{mark}"\r\n\r\n'
        f"--{mark}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThis is a report.\r\n"
        f"--{mark}\r\nContent-Type: message/{kind}\r\n\r\nReporting-UA: mail\r\n\r\n--{mark}--\r\n"
    )
    return mail.with_content(told.encode())


@transformation
def answered(attack: Attack) -> Delivery:
    """A prelude that the victim answers in person."""
    answer = written_inside(
        attack,
        attack.victim,
        "Re: Question",
        "Hello, yes, this is the right address.",
        (),
        attack.at - DAY,
    )
    return _answered(attack, answer)
