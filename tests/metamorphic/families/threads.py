"""Replies to mail that the attacker never got."""

from __future__ import annotations

from detection_stream.simulation.dates import stamp
from detection_stream.simulation.headers import encode
from tests.metamorphic.attack import Attack
from tests.metamorphic.content import content_of, html_of, showing
from tests.metamorphic.mail import Mail
from tests.metamorphic.registry import transformation


def _replying(mail: Mail, message_id: str) -> Mail:
    return mail.having("In-Reply-To", f"<{message_id}>").having("References", f"<{message_id}>")


def _again(attack: Attack) -> str:
    return "Re: " + " ".join(attack.mail.first("Subject").split()).removeprefix("Re: ")


@transformation
def reply_to_guessed(attack: Attack) -> Mail:
    """In-Reply-To and References name a guessed Message-ID of the organisation."""
    domain = attack.victim.mailbox.domain
    return _replying(attack.mail, f"{attack.dice.digits(10)}.{attack.dice.hex(12)}@{domain}")


@transformation
def reply_to_real(attack: Attack) -> Mail:
    """In-Reply-To and References name a real mail that somebody inside wrote."""
    return _replying(attack.mail, attack.correspondence.message_id)


@transformation
def reply_to_real_with_subject(attack: Attack) -> Mail:
    """The same, with its subject."""
    mail = _replying(attack.mail, attack.correspondence.message_id)
    return mail.having("Subject", encode(f"Re: {attack.correspondence.subject}"))


@transformation
def subject_of_reply(attack: Attack) -> Mail:
    """The subject begins with Re:"""
    return attack.mail.having("Subject", _again(attack))


@transformation
def real_history(attack: Attack) -> Mail:
    """A reply to a real mail, with its subject, that quotes it below the text."""
    real = attack.correspondence
    lines = real.text.strip().replace("\n", "\n> ")
    history = f"\n\nOn {stamp(attack.at - 90_000)[:16]}, {real.author} wrote:\n> {lines}\n"
    content = content_of(attack.mail)
    html = content.html.replace("</body></html>", "")
    if html:
        quoted = html_of(history).removeprefix("<html><body>")
        html = f"{html}<blockquote>{quoted}</blockquote>"
    mail = showing(attack, plain=content.plain and content.plain + history, html=html)
    return _replying(mail, real.message_id).having("Subject", encode(f"Re: {real.subject}"))


@transformation
def many_references(attack: Attack) -> Mail:
    """References name a thousand messages, the last of them real."""
    made = [f"<{number}.x@{attack.sender_domain}>" for number in range(1_000)]
    real = f"<{attack.correspondence.message_id}>"
    return attack.mail.having("References", "\r\n ".join([*made, real])).having("In-Reply-To", real)
