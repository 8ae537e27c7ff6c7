"""Dates, identities, and fields that must be there once."""

from __future__ import annotations

from dataclasses import replace

from detection_stream.simulation.dates import DAY, stamp
from tests.metamorphic.attack import Arrival, Attack, Change, Delivery
from tests.metamorphic.content import Content, composed
from tests.metamorphic.gateway import arrived
from tests.metamorphic.mail import Field, Mail
from tests.metamorphic.registry import register, transformation

_DATES = {
    "date_2099": "Fri, 01 May 2099 10:00:00 +0000",
    "date_1970": "Thu, 01 Jan 1970 00:00:00 +0000",
    "date_unreadable": "yesterday, at noon",
    "date_with_comment": "Mon, 06 Jan 2025 10:00:00 +0000 (Fri, 01 May 2099 10:00:00)",
    "date_year_9": "Mon, 06 Jan 99999 10:00:00 +9999",
}


def _dated(date: str) -> Change:
    def change(attack: Attack) -> Mail:
        return attack.mail.having("Date", date)

    return change


for _name, _date in _DATES.items():
    register(_name, f"Date: {_date}")(_dated(_date))


@transformation
def date_missing(attack: Attack) -> Mail:
    """There is no Date."""
    return attack.mail.without("Date")


@transformation
def date_in_three_days(attack: Attack) -> Mail:
    """Date is three days ahead."""
    return attack.mail.having("Date", stamp(attack.at + 3 * DAY))


@transformation
def date_a_month_ago(attack: Attack) -> Mail:
    """Date is thirty days ago."""
    return attack.mail.having("Date", stamp(attack.at - 30 * DAY))


@transformation
def preludes_of_2099(attack: Attack) -> Delivery:
    """Ten harmless mails dated 2099 a day before."""
    before = []
    for number in range(10):
        at = attack.at - DAY + number
        mail = arrived(_other(attack), at, attack.dice)
        before.append(Arrival(mail.having("Date", _DATES["date_2099"]), at))
    return Delivery(attack.mail, tuple(before))


def _other(attack: Attack) -> Mail:
    mail = attack.mail.having("Message-ID", f"<{attack.dice.hex(12)}@{attack.sender_domain}>")
    mail = mail.having("Subject", "Opening hours").without("In-Reply-To", "References")
    return mail.with_content(composed(Content("When do you open on Friday?", "")))


@transformation
def identity_of_harmless_mail(attack: Attack) -> Delivery:
    """The Message-ID of a harmless mail that the attacker sent in the same second."""
    first = arrived(_other(attack), attack.at, attack.dice)
    first = first.having("Message-ID", attack.mail.first("Message-ID"))
    return Delivery(attack.mail, (Arrival(first, attack.at),))


@transformation
def identity_of_real_mail(attack: Attack) -> Mail:
    """The Message-ID of a real mail of the organisation."""
    return attack.mail.having("Message-ID", f"<{attack.correspondence.message_id}>")


@transformation
def identity_missing(attack: Attack) -> Mail:
    """There is no Message-ID."""
    return attack.mail.without("Message-ID")


@transformation
def identity_very_long(attack: Attack) -> Mail:
    """A Message-ID of 100,000 letters."""
    return attack.mail.having("Message-ID", f"<{'x' * 100_000}@{attack.sender_domain}>")


def _doubled(name: str, value: str, *, above: bool) -> Change:
    def change(attack: Attack) -> Mail:
        field = Field(name, value)
        return attack.mail.on_top(field) if above else attack.mail.below(field)

    return change


for _field, _value in (
    ("Subject", "Minutes of the meeting"),
    ("To", "Somebody <somebody@elsewhere.example>"),
    ("Date", "Fri, 01 May 2099 10:00:00 +0000"),
    ("Message-ID", "<second@elsewhere.example>"),
    ("Reply-To", "help@mailbeam.example"),
):
    for _above, _place in ((True, "above"), (False, "below")):
        _key = _field.lower().replace("-", "_")
        register(f"second_{_key}_{_place}", f"another {_field} {_place} the first")(
            _doubled(_field, _value, above=_above)
        )


@transformation
def fields_in_capitals(attack: Attack) -> Mail:
    """Names of fields in capitals, with values folded at each space."""
    return replace(
        attack.mail,
        fields=tuple(
            Field(one.name.upper(), "\r\n ".join(one.value.split())) for one in attack.mail.fields
        ),
    )
