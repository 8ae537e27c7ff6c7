"""The text, the HTML and the files of a mail, and a mail's content made of them."""

from __future__ import annotations

import html as markup
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from functools import lru_cache

from detection_stream.simulation.headers import encode
from tests.metamorphic.attack import Attack
from tests.metamorphic.mail import Mail

_ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<br>\r?\n|</(?:div|p|tr)>\r?\n?")
_HTML_PIECE = re.compile(r"(<style.*?</style>|<[^>]*>|&\w+;)", re.DOTALL)
_WORD = re.compile(r"\S*(?:://|@)\S*|[^\W\d_]{4,}")
_BODY = re.compile(r"(<body[^>]*>)")
_LINKED = re.compile(r"(https?://[^\s<>\"]+)")


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file in a mail."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail shows; a text that a mail does not have is empty."""

    plain: str
    html: str
    files: tuple[Enclosure, ...] = ()

    @property
    def as_plain(self) -> str:
        """The text alone, from the HTML if there is no other."""
        return self.plain or plain_of(self.html)

    @property
    def as_html(self) -> str:
        """The HTML, made from the text if there is none."""
        return self.html or html_of(self.plain)


@lru_cache(maxsize=256)
def content_of(mail: Mail) -> Content:
    """What a mail shows."""
    plain, html, files = "", "", []
    for part in message_from_bytes(mail.raw, policy=policy.default).walk():
        if part.is_multipart():
            continue
        kind, name = part.get_content_type(), part.get_filename()
        if name is None and kind == "text/plain":
            plain += part.get_content()
        elif name is None and kind == "text/html":
            html += part.get_content()
        else:
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            files.append(Enclosure(name or "file", kind, data))
    return Content(plain.replace("\r\n", "\n"), html.replace("\r\n", "\n"), tuple(files))


def composed(content: Content, transfer: str = "quoted-printable", charset: str = "utf-8") -> bytes:
    """The MIME fields, an empty line and the body."""
    message = EmailMessage(policy=policy.SMTP)
    if content.plain or not content.html:
        message.set_content(content.plain, cte=transfer, charset=charset)
        if content.html:
            message.add_alternative(content.html, subtype="html", cte=transfer, charset=charset)
    else:
        message.set_content(content.html, subtype="html", cte=transfer, charset=charset)
    for file in content.files:
        attach(message, file)
    return packed(message)


def packed(message: EmailMessage) -> bytes:
    """The bytes of a message, the same each time: boundaries are numbered."""
    for number, part in enumerate(message.walk()):
        if part.get_content_maintype() == "multipart":
            part.set_boundary(f"=_part{number}")
    return message.as_bytes()


def attach(message: EmailMessage, file: Enclosure) -> None:
    """Add a file."""
    major, _, minor = file.content_type.partition("/")
    message.add_attachment(file.data, maintype=major, subtype=minor, filename=file.name)


def showing(attack: Attack, *, plain: str = "", html: str = "") -> Mail:
    """The attack with this text and HTML and its own files."""
    files = content_of(attack.mail).files
    return attack.mail.with_content(composed(Content(plain, html, files)))


def reworded(attack: Attack, change: Callable[[str], str]) -> Mail:
    """The attack with a change of each longer word, but those of addresses and links."""
    content = content_of(attack.mail)

    def in_text(text: str) -> str:
        return _WORD.sub(lambda found: _changed(found[0], change), text)

    changed = replace(
        content,
        plain=in_text(content.plain),
        html=in_html(content.html, in_text),
    )
    mail = attack.mail.with_content(composed(changed))
    subject = " ".join(str(make_header(decode_header(attack.mail.first("Subject")))).split())
    return mail.having("Subject", encode(in_text(subject)))


def in_html(html: str, change: Callable[[str], str]) -> str:
    """Change the text between tags."""
    pieces = _HTML_PIECE.split(html)
    return "".join(one if at % 2 else change(one) for at, one in enumerate(pieces))


def words_in_html(html: str, change: Callable[[str], str]) -> str:
    """Change each longer word between tags, but those of addresses and links."""
    return in_html(html, lambda text: _WORD.sub(lambda found: _changed(found[0], change), text))


def _changed(word: str, change: Callable[[str], str]) -> str:
    return word if "://" in word or "@" in word else change(word)


def plain_of(html: str) -> str:
    """The text of the demo's HTML, with links as readers of plain text see them."""
    text = _ANCHOR.sub(lambda found: f"{found[2]}:\n{found[1]}", html.replace("\n", ""))
    return markup.unescape(_TAG.sub("", _BREAK.sub("\n", text))).strip() + "\n"


def html_of(plain: str) -> str:
    """A page that shows a text."""
    escaped = markup.escape(plain, quote=False)
    linked = _LINKED.sub(lambda found: f'<a href="{found[1]}">{found[1]}</a>', escaped)
    return f"<html><body>{linked.replace(chr(10), '<br>' + chr(10))}</body></html>\n"


def at_start(html: str, more: str) -> str:
    """HTML with more of it at the start of its body."""
    if _BODY.search(html):
        return _BODY.sub(lambda found: found[1] + more, html, count=1)
    return more + html


def at_end(html: str, more: str) -> str:
    """HTML with more of it at the end of its body."""
    head, found, tail = html.rpartition("</body>")
    return f"{head}{more}{found}{tail}" if found else html + more


_SENTENCES = (
    "The canteen opens at noon and closes at two on most days of the week.",
    "Minutes of the last meeting are in the usual place for everybody to read.",
    "Parking spaces behind the building are free again from Monday.",
    "The library has new books on gardening, cooking and local history.",
    "Thanks to all who helped with the summer party and the music.",
    "Windows on the third floor will be cleaned in the morning.",
    "A blue umbrella was found near the entrance and waits at the front desk.",
    "The walking group meets at the gate and takes the path along the river.",
)


def filler(characters: int) -> Sequence[str]:
    """Harmless sentences of that length altogether."""
    found: list[str] = []
    size = 0
    while size < characters:
        found.append(_SENTENCES[len(found) % len(_SENTENCES)])
        size += len(found[-1]) + 1
    return found
