"""What the receiving host writes above a mail, and mails that leave the organisation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from detection_stream.demo.organisation import GATEWAY, Colleague
from detection_stream.model.message import Address
from detection_stream.simulation.dates import stamp
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Correspondent, Draft
from detection_stream.simulation.infrastructure import INSIDE
from detection_stream.simulation.mailers import SCRIPT
from detection_stream.simulation.rendering import render
from tests.metamorphic.attack import Arrival, Attack
from tests.metamorphic.mail import Field, Mail, split

_STAMP = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_QUEUE = re.compile(r"(?<= id )\w+")
_ENVELOPE = re.compile(r"smtp\.mailfrom=([^;\s]+)")


def arrived(mail: Mail, at: int, dice: Dice) -> Mail:
    """The mail as if it had come from the same host at another time."""

    def again(field: Field) -> Field:
        if field.name != "Received":
            return field
        value = _STAMP.sub(stamp(at), field.value)
        return Field("Received", _QUEUE.sub(dice.hex(12).upper(), value))

    return replace(
        mail,
        gateway=tuple(map(again, mail.gateway)),
        fields=tuple(map(again, mail.fields)),
    ).having("Date", stamp(at - 5))


def spoofed(attack: Attack, author: str, *, policy: bool) -> Mail:
    """The attack with another address in From, and what the gateway makes of that.

    The attacker's host proves the attacker's envelope, not the author. With a ``policy`` the
    author's domain has DMARC, which fails; without one nothing is said against it.
    """
    domain = author.rpartition("@")[2].strip(" >").lower()
    envelope = attack.mail.gateway[0].value.strip("<>").rpartition("@")[2]
    if envelope == domain:
        envelope = "rackfield.example"
    spf = "pass" if policy else "none"
    told = f"spf={spf} smtp.mailfrom={envelope};\r\n dkim=none;\r\n "
    told += f"dmarc={'fail' if policy else 'none'} header.from={domain}"
    results = Field("Authentication-Results", f"{GATEWAY};\r\n {told}")
    path = Field("Return-Path", f"<bounce@{envelope}>")
    gateway = (path, attack.mail.gateway[1], results)
    return replace(attack.mail, gateway=gateway).without("DKIM-Signature")


def with_envelope(attack: Attack, local: str) -> Mail:
    """The attack sent with another local part in the envelope, which the gateway repeats."""
    _, address = attack.sender
    domain = address.rpartition("@")[2]

    def repeated(field: Field) -> Field:
        if field.name == "Return-Path":
            return Field(field.name, f"<{local}@{domain}>")
        if field.name == "Authentication-Results":
            return Field(
                field.name,
                _ENVELOPE.sub(lambda _: f"smtp.mailfrom={local}@{domain}", field.value),
            )
        return field

    return replace(attack.mail, gateway=tuple(map(repeated, attack.mail.gateway)))


def written_inside(  # what a mail is made of
    attack: Attack,
    author: Correspondent,
    subject: str,
    text: str,
    headers: Sequence[str],
    at: int,
) -> Arrival:
    """A mail from inside to the attacker, as the organisation's own server passes it on."""
    name, address = attack.sender
    draft = Draft(author, [Address(name, address)], subject, [text], headers=headers)
    identity = author.mailer.identify(attack.dice, author.mailbox.domain)
    return Arrival(split(render(draft, identity, at, attack.dice, GATEWAY)), at)


def robot(colleague: Colleague, local: str, name: str) -> Correspondent:
    """A program of the organisation that sends from its domain."""
    return Correspondent(Address(name, f"{local}@{colleague.mailbox.domain}"), SCRIPT, INSIDE)
