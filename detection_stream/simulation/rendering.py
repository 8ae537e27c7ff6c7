"""Renders drafts to the bytes received by the gateway."""

from __future__ import annotations

from base64 import encodebytes
from binascii import b2a_qp
from html import escape

from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Draft, File, LinkParagraph, Paragraph
from detection_stream.simulation.headers import header
from detection_stream.simulation.mailers import Mailer


def _plain(draft: Draft) -> str:
    def tell(block: Paragraph) -> str:
        if isinstance(block, LinkParagraph):
            return f"{block.text}:\n{block.url}" if block.text else block.url
        return block

    text = "\n\n".join(map(tell, draft.body))
    if draft.quoted:
        text += "\n\n" + draft.quoted
    return text.replace("\n", "\r\n") + "\r\n"


def _html(draft: Draft) -> str:
    if draft.html:
        return draft.html
    shell = draft.author.mailer.shell
    pieces = [shell.head]
    for block in draft.body:
        if isinstance(block, LinkParagraph):
            url = escape(block.url)
            inner = f'<a href="{url}">{escape(block.text, quote=False) or url}</a>'
        else:
            inner = escape(block, quote=False).replace("\n", "<br>\r\n")
        pieces += (shell.open, inner, shell.close)
    if draft.quoted:
        quoted = escape(draft.quoted.replace("\n> ", "\n"), quote=False).replace("\n", "<br>\r\n")
        pieces.append(f"<blockquote>{quoted}</blockquote>\r\n")
    pieces.append(shell.tail)
    return "".join(pieces)


def _text_part(text: str, subtype: str, mailer: Mailer) -> bytes:
    data = text.encode()
    encoding = mailer.encoding
    if encoding == "8bit" and data.isascii():
        encoding = "7bit"
    elif encoding == "quoted-printable":
        data = b2a_qp(data)
    elif encoding == "base64":
        data = encodebytes(data).replace(b"\n", b"\r\n")
    fields = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return fields.encode() + data


def _file_part(file: File) -> bytes:
    fields = (
        f'Content-Type: {file.content_type}; name="{file.name}"\r\n'
        f'Content-Disposition: attachment; filename="{file.name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return fields.encode() + encodebytes(file.data).replace(b"\n", b"\r\n")


def _multipart(subtype: str, parts: list[bytes], boundary: str) -> bytes:
    mark = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    return b"".join((head, *(b"%b\r\n%b\r\n" % (mark, part) for part in parts), mark, b"--\r\n"))


def content(draft: Draft, dice: Dice) -> bytes:
    """The MIME fields and the body, as the author's program makes them."""
    mailer = draft.author.mailer
    shape = dice.pick(mailer.shapes)
    if draft.html and shape == "plain":
        shape = "alternative"
    if shape == "plain":
        made = _text_part(_plain(draft), "plain", mailer)
    elif shape == "html":
        made = _text_part(_html(draft), "html", mailer)
    else:
        both = [
            _text_part(_plain(draft), "plain", mailer),
            _text_part(_html(draft), "html", mailer),
        ]
        made = _multipart("alternative", both, mailer.bound(dice))
    if not draft.files:
        return made
    parts = [made, *map(_file_part, draft.files)]
    return _multipart("mixed", parts, mailer.bound(dice) + "m")


def render(draft: Draft, message_id: str, at: int, dice: Dice, gateway: str) -> bytes:
    """The raw message as ``gateway`` received it at a Unix time."""
    top = header(draft, message_id, at, dice, gateway)
    return f"{top}MIME-Version: 1.0\r\n".encode() + content(draft, dice)
