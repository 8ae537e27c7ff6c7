"""Where in a mail the text stands."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

from detection_stream.model.message import Address
from detection_stream.simulation.dates import stamp
from detection_stream.simulation.headers import mailbox
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
from tests.metamorphic.mail import Mail
from tests.metamorphic.registry import transformation

_PADDING = 100_000
"""Characters of visible padding."""
_NOTE = "Hello,\n\nplease see below.\n\nRegards\n"


def _marked(text: str, mark: str = "> ") -> str:
    return "".join(f"{mark}{line}\n" for line in text.strip().split("\n"))


def _padding() -> str:
    sentences = filler(_PADDING)
    return "\n\n".join(" ".join(sentences[at : at + 6]) for at in range(0, len(sentences), 6))


@transformation
def quote_marks(attack: Attack) -> Mail:
    """The text behind > marks, below a short note."""
    plain = content_of(attack.mail).as_plain
    return showing(attack, plain=_NOTE + "\n" + _marked(plain))


@transformation
def quote_marks_alone(attack: Attack) -> Mail:
    """All of the text behind > marks."""
    return showing(attack, plain=_marked(content_of(attack.mail).as_plain))


@transformation
def below_attribution(attack: Attack) -> Mail:
    """The text below "On ... wrote:", and a short note above it."""
    plain = content_of(attack.mail).as_plain
    when = stamp(attack.at - 4_000)[:16]
    return showing(attack, plain=f"{_NOTE}\nOn {when}, {attack.sender[0]} wrote:\n\n{plain}")


@transformation
def below_original_message(attack: Attack) -> Mail:
    """The text below "Original Message" with header lines."""
    plain = content_of(attack.mail).as_plain
    return showing(
        attack,
        plain=f"{_NOTE}\n-----Original Message-----\nFrom: {attack.sender[0]}\n"
        f"Sent: {stamp(attack.at - 4_000)}\nSubject: notes\n\n{plain}",
    )


@transformation
def below_signature(attack: Attack) -> Mail:
    """The text below the line that begins a signature."""
    return showing(attack, plain=f"{_NOTE}\n-- \n{content_of(attack.mail).as_plain}")


@transformation
def forwarded(attack: Attack) -> Mail:
    """The text as a forwarded message."""
    plain = content_of(attack.mail).as_plain
    return showing(
        attack,
        plain=f"{_NOTE}\n---------- Forwarded message ---------\nFrom: {attack.sender[0]}\n"
        f"Date: {stamp(attack.at - 4_000)}\nSubject: notes\nTo: <{attack.victim.mailbox.address}>"
        f"\n\n{plain}",
    )


@transformation
def html_quote(attack: Attack) -> Mail:
    """HTML alone, all within a block quote below an attribution."""
    html = content_of(attack.mail).as_html
    return showing(
        attack,
        html=f'<div>See below.</div><div class="gmail_quote"><div class="gmail_attr">On Monday, '
        f"{attack.sender[0]} wrote:<br></div><blockquote>{html}</blockquote></div>",
    )


@transformation
def attached_message(attack: Attack) -> Mail:
    """The mail as an attached message."""
    inner = EmailMessage(policy=policy.SMTP)
    name, address = attack.sender
    inner["From"] = mailbox(Address(name, address))
    inner["To"] = attack.victim.mailbox.address
    inner["Subject"] = " ".join(attack.mail.first("Subject").split())
    content = content_of(attack.mail)
    inner.set_content(content.as_plain)
    if content.html:
        inner.add_alternative(content.html, subtype="html")
    for file in content.files:
        attach(inner, file)
    outer = EmailMessage(policy=policy.SMTP)
    outer.set_content(_NOTE)
    outer.add_attachment(inner)
    return attack.mail.with_content(packed(outer))


def _as_file(attack: Attack, file: Enclosure) -> Mail:
    files = (file, *content_of(attack.mail).files)
    return attack.mail.with_content(composed(Content(_NOTE, "", files)))


@transformation
def text_attachment(attack: Attack) -> Mail:
    """The text as a text file."""
    plain = content_of(attack.mail).as_plain
    return _as_file(attack, Enclosure("message.txt", "text/plain", plain.encode()))


@transformation
def html_attachment(attack: Attack) -> Mail:
    """The HTML as a file."""
    html = content_of(attack.mail).as_html
    return _as_file(attack, Enclosure("message.html", "text/html", html.encode()))


@transformation
def undeclared_attachment(attack: Attack) -> Mail:
    """The HTML as a file of unknown type."""
    html = content_of(attack.mail).as_html
    return _as_file(attack, Enclosure("message.htm", "application/octet-stream", html.encode()))


@transformation
def padding_before(attack: Attack) -> Mail:
    """100 KB of harmless text before the text."""
    content = content_of(attack.mail)
    plain = f"{_padding()}\n\n{content.as_plain}"
    return showing(attack, plain=plain, html=content.html and html_of(_padding()) + content.html)


@transformation
def padding_after(attack: Attack) -> Mail:
    """100 KB of harmless text after the text."""
    content = content_of(attack.mail)
    plain = f"{content.as_plain}\n\n{_padding()}"
    return showing(attack, plain=plain, html=content.html and content.html + html_of(_padding()))


@transformation
def empty_lines_before(attack: Attack) -> Mail:
    """50,000 empty lines before the text."""
    return showing(attack, plain="\n" * 50_000 + content_of(attack.mail).as_plain)
