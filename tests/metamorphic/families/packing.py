"""How the text of a mail is packed."""

from __future__ import annotations

from base64 import encodebytes
from email import message_from_bytes, policy

from tests.metamorphic.attack import Attack
from tests.metamorphic.content import (
    Content,
    composed,
    content_of,
    filler,
    html_of,
    packed,
    showing,
)
from tests.metamorphic.mail import Field, Mail
from tests.metamorphic.registry import transformation

_HARMLESS = "\n".join(filler(600))


@transformation
def html_alone(attack: Attack) -> Mail:
    """HTML without text."""
    return showing(attack, html=content_of(attack.mail).as_html)


@transformation
def text_alone(attack: Attack) -> Mail:
    """Text without HTML."""
    return showing(attack, plain=content_of(attack.mail).as_plain)


@transformation
def harmless_text_beside(attack: Attack) -> Mail:
    """The attack in HTML, and another text in the alternative without HTML."""
    return showing(attack, plain=_HARMLESS, html=content_of(attack.mail).as_html)


@transformation
def harmless_html_beside(attack: Attack) -> Mail:
    """The attack in the text, and another HTML in the alternative."""
    return showing(attack, plain=content_of(attack.mail).as_plain, html=html_of(_HARMLESS))


@transformation
def in_base64(attack: Attack) -> Mail:
    """All texts in base64."""
    return attack.mail.with_content(composed(content_of(attack.mail), "base64"))


@transformation
def in_quoted_printable(attack: Attack) -> Mail:
    """All texts in quoted-printable, each byte escaped."""
    content = content_of(attack.mail)
    body = "".join(f"={byte:02X}" for byte in content.as_plain.encode())
    lines = "=\r\n".join(body[at : at + 72] for at in range(0, len(body), 72))
    if content.files:
        return attack.mail.with_content(composed(content))
    head = (
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return attack.mail.with_content(head.encode() + lines.encode())


@transformation
def in_utf_16(attack: Attack) -> Mail:
    """All texts in UTF-16."""
    message = message_from_bytes(composed(content_of(attack.mail), "base64"), policy=policy.SMTP)
    for part in message.walk():
        # The email package cuts bytes at line ends, which breaks letters of two bytes.
        if part.get_content_maintype() == "text" and not part.is_attachment():
            encoded = part.get_content().encode("utf-16")
            part.set_payload(encodebytes(encoded).decode())
            part.set_param("charset", "utf-16")
    return attack.mail.with_content(packed(message))


@transformation
def in_utf_7(attack: Attack) -> Mail:
    """All texts in UTF-7."""
    return attack.mail.with_content(composed(content_of(attack.mail), "base64", "utf-7"))


@transformation
def unknown_charset(attack: Attack) -> Mail:
    """A charset that nobody knows."""
    content = composed(content_of(attack.mail))
    return attack.mail.with_content(content.replace(b'charset="utf-8"', b'charset="x-harbour-1"'))


@transformation
def unknown_encoding(attack: Attack) -> Mail:
    """Text as it is, with a transfer encoding that nobody knows."""
    content = content_of(attack.mail)
    whole = composed(Content(content.as_plain, "", content.files), "8bit")
    return attack.mail.with_content(whole.replace(b"Encoding: 8bit", b"Encoding: x-none", 1))


@transformation
def other_subtype(attack: Attack) -> Mail:
    """Text declared as text/x-note, which programs show as text."""
    content = content_of(attack.mail)
    plain = composed(Content(content.as_plain, "", content.files))
    return attack.mail.with_content(plain.replace(b"text/plain", b"text/x-note", 1))


@transformation
def in_nested_parts(attack: Attack) -> Mail:
    """Twenty multiparts around the content."""
    content = composed(content_of(attack.mail))
    content = content.replace(b"MIME-Version: 1.0\r\n", b"", 1)
    for number in range(20):
        mark = b"=_level%d" % number
        content = (
            b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n%b\r\n--%b--\r\n'
            % (mark, mark, content, mark)
        )
    return attack.mail.with_content(b"MIME-Version: 1.0\r\n" + content)


@transformation
def no_end_of_multipart(attack: Attack) -> Mail:
    """A multipart without its last delimiter, with text before its first."""
    content = content_of(attack.mail)
    whole = composed(Content(content.as_plain, content.as_html, content.files))
    cut = whole.rstrip(b"\r\n-").rpartition(b"\r\n--")[0]
    head, _, body = cut.partition(b"\r\n\r\n")
    return attack.mail.with_content(head + b"\r\n\r\nThis is a message.\r\n" + body + b"\r\n")


@transformation
def bare_line_feeds(attack: Attack) -> Mail:
    """Lines that end with a line feed alone."""
    mail = attack.mail
    return Mail(mail.gateway, mail.fields, mail.body.replace(b"\r\n", b"\n"))


@transformation
def second_content_type_above(attack: Attack) -> Mail:
    """Another Content-Type, of a picture, above the real one."""
    return attack.mail.on_top(Field("Content-Type", "image/png"))


@transformation
def second_content_type_below(attack: Attack) -> Mail:
    """Another Content-Type, of a picture, below the real one."""
    return attack.mail.below(Field("Content-Type", "image/png"))
