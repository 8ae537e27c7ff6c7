"""The text where it is looked for last: beyond padding, below other files, in made-up quotes."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

from tests.metamorphic.attack import Attack
from tests.metamorphic.content import (
    Content,
    Enclosure,
    attach,
    composed,
    content_of,
    filler,
    html_of,
    packed,
    showing,
)
from tests.metamorphic.mail import Field, Mail
from tests.metamorphic.registry import transformation

_NOTE = "Hello,\n\nplease see below.\n\nRegards\n"


def _padding(characters: int) -> str:
    return "\n\n".join(filler(characters))


def _quoting(attack: Attack) -> Mail:
    plain = content_of(attack.mail).as_plain
    marked = "".join(f"> {line}\n" for line in plain.strip().split("\n"))
    return showing(attack, plain=f"{_NOTE}\nOn Monday, {attack.sender[0]} wrote:\n{marked}")


@transformation
def quote_of_invented_mail(attack: Attack) -> Mail:
    """The text as a quote, with a reference to a mail that never was."""
    reference = f"<{attack.number}.invented@{attack.sender_domain}>"
    fields = Field("In-Reply-To", reference), Field("References", reference)
    mail = _quoting(attack).without("In-Reply-To", "References")
    return mail.below(*fields)


@transformation
def quote_of_itself(attack: Attack) -> Mail:
    """The text as a quote, in a mail that answers itself."""
    mail = _quoting(attack).without("In-Reply-To", "References")
    return mail.below(Field("In-Reply-To", mail.first("Message-ID")))


@transformation
def among_many_files(attack: Attack) -> Mail:
    """The text as the last of thirty files."""
    content = content_of(attack.mail)
    others = [
        Enclosure(f"minutes{number}.txt", "text/plain", filler(200)[0].encode())
        for number in range(29)
    ]
    last = Enclosure("message.txt", "text/plain", content.as_plain.encode())
    return attack.mail.with_content(composed(Content(_NOTE, "", (*others, last, *content.files))))


@transformation
def deep_in_messages(attack: Attack) -> Mail:
    """The mail attached to a message that is attached to another, five times."""
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = " ".join(attack.mail.first("Subject").split())
    content = content_of(attack.mail)
    message.set_content(content.as_plain)
    for file in content.files:
        attach(message, file)
    for _ in range(5):
        outer = EmailMessage(policy=policy.SMTP)
        outer.set_content(_NOTE)
        outer.add_attachment(message)
        message = outer
    return attack.mail.with_content(packed(message))


@transformation
def padding_around(attack: Attack) -> Mail:
    """The text between 60 KB of harmless text on each side."""
    content = content_of(attack.mail)
    more = _padding(60_000)
    html = content.html and html_of(more) + content.html + html_of(more)
    return showing(attack, plain=f"{more}\n\n{content.as_plain}\n\n{more}", html=html)


@transformation
def padding_beyond_caps(attack: Attack) -> Mail:
    """The text after more harmless text than is looked at."""
    content = content_of(attack.mail)
    more = _padding(400_000)
    return showing(
        attack,
        plain=f"{more}\n\n{content.as_plain}",
        html=content.html and html_of(more) + content.html,
    )


@transformation
def padded_file(attack: Attack) -> Mail:
    """The text as a file, after 60 KB of harmless text."""
    content = content_of(attack.mail)
    text = f"{_padding(60_000)}\n\n{content.as_plain}"
    file = Enclosure("message.txt", "text/plain", text.encode())
    return attack.mail.with_content(composed(Content(_NOTE, "", (file, *content.files))))


@transformation
def half_of_it_beside(attack: Attack) -> Mail:
    """The text between lines that alone are in the HTML."""
    content = content_of(attack.mail)
    more = _padding(len(content.as_plain) * 2)
    return showing(attack, plain=f"{more}\n\n{content.as_plain}", html=html_of(more))


@transformation
def shown_by_a_later_rule(attack: Attack) -> Mail:
    """The HTML hidden by one rule and shown by another that is more than simple."""
    rules = "<style>.q7{display:none} div:not(.z).q7{display:block!important}</style>"
    html = content_of(attack.mail).as_html
    return showing(attack, html=f'{rules}<div class="q7">{html}</div>')
