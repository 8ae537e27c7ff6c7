"""Header fields of RFC 5322 and RFC 2047."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from functools import lru_cache

from detection_stream.model.message import Address
from detection_stream.simulation.dates import stamp
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Draft
from detection_stream.simulation.trace import trace

_ATOMS = re.compile(r"[A-Za-z0-9 '_-]+")
_MAX_WORD_BYTES = 45
"""Bytes per encoded word, to stay within 75 columns."""
_MAX_LINE = 76


def _pieces(text: str) -> Iterator[bytes]:
    piece = b""
    for letter in text:
        data = letter.encode()
        if len(piece) + len(data) > _MAX_WORD_BYTES:
            yield piece
            piece = b""
        piece += data
    yield piece


@lru_cache(maxsize=4096)
def encode(text: str) -> str:
    """Unstructured text: as is, folded once if long, or in encoded words."""
    if text.isascii():
        space = text.rfind(" ", 20, 68) if len(text) > 68 else -1
        return text if space < 0 else f"{text[:space]}\r\n{text[space:]}"
    return "\r\n ".join(
        f"=?utf-8?B?{b2a_base64(piece, newline=False).decode()}?=" for piece in _pieces(text)
    )


@lru_cache(maxsize=8192)
def mailbox(address: Address) -> str:
    """A display name and its address."""
    name = address.name
    if not name:
        return f"<{address.address}>"
    if not name.isascii():
        return f"{encode(name)} <{address.address}>"
    if _ATOMS.fullmatch(name):
        return f"{name} <{address.address}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{address.address}>'


def _mailboxes(addresses: Sequence[Address]) -> str:
    return ",\r\n ".join(map(mailbox, addresses))


def folded(name: str, value: str) -> str:
    """A field on as many lines as it takes, broken at blanks."""
    lines, line = [], f"{name}:"
    for word in value.split():
        if len(line) + len(word) > _MAX_LINE and line.strip():
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join((*lines, line)) + "\r\n"


def author_fields(draft: Draft, message_id: str, date: str) -> list[str]:
    """The fields that the author's program writes, without MIME ones."""
    lines = [
        f"Message-ID: <{message_id}>\r\n",
        f"Date: {date}\r\n",
        f"From: {mailbox(draft.author.mailbox)}\r\nTo: {_mailboxes(draft.to)}\r\n",
    ]
    if draft.cc:
        lines.append(f"Cc: {_mailboxes(draft.cc)}\r\n")
    if draft.reply_to:
        lines.append(f"Reply-To: {mailbox(draft.reply_to)}\r\n")
    lines.append(f"Subject: {encode(draft.subject)}\r\n")
    if draft.references:
        chain = "\r\n ".join(f"<{reference}>" for reference in draft.references)
        lines.append(f"In-Reply-To: <{draft.references[-1]}>\r\nReferences: {chain}\r\n")
    return lines


def header(draft: Draft, message_id: str, at: int, dice: Dice, gateway: str) -> str:
    """Every header field except MIME ones, as ``gateway`` received it."""
    above = trace(draft, at, dice, gateway)
    date = stamp(at - dice.between(3, 12), draft.author.origin.offset_hours)
    lines = [above, *author_fields(draft, message_id, date)]
    lines.extend(f"{line}\r\n" for line in draft.headers)
    lines.append(draft.author.mailer.banner)
    return "".join(lines)
