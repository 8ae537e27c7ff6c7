"""Header fields of RFC 5322 and RFC 2047."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from functools import lru_cache

from detection_stream.demo.clock import stamp
from detection_stream.demo.dice import Dice
from detection_stream.demo.draft import Draft
from detection_stream.demo.infrastructure import GATEWAY
from detection_stream.model.message import Address

_ATOMS = re.compile(r"[A-Za-z0-9 '_-]+")
_MAX_WORD_BYTES = 45
"""Bytes per encoded word, to stay within 75 columns."""


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


def _trace(draft: Draft, at: int, dice: Dice) -> str:
    """Return path, hops (newest first), results and signature."""
    origin, sender = draft.author.origin, draft.author.mailbox
    queue = dice.hex(10).upper()
    ip = f"{origin.network}{dice.between(2, 250)}"
    if not origin.host:
        store = f"store{dice.between(1, 6)}.harborlight.example"
        checked = f"Authentication-Results: {GATEWAY}; {origin.results}\r\n"
        return (
            f"Return-Path: <{sender.address}>\r\n"
            f"Received: from {store} ({store} [{ip}])\r\n"
            f" by {GATEWAY} with ESMTPS id {queue}; {stamp(at)}\r\n"
            f"{checked if origin.results else ''}"
        )
    path = f"b-{dice.hex(8)}@{origin.bounces}" if origin.bounces else sender.address
    client = f"10.{dice.between(0, 250)}.{dice.between(0, 250)}.{dice.between(2, 250)}"
    results = origin.results.replace("; ", ";\r\n ")
    trace = (
        f"Return-Path: <{path}>\r\n"
        f"Received: from {origin.host} ({origin.host} [{ip}])\r\n"
        f" by {GATEWAY} with ESMTPS id {queue}\r\n for <{draft.to[0].address}>; {stamp(at)}\r\n"
        f"Authentication-Results: {GATEWAY};\r\n {results}\r\n"
        f"Received: from [{client}] by {origin.host}\r\n with ESMTPSA id {dice.hex(12)};"
        f" {stamp(at - dice.between(1, 3), origin.offset_hours)}\r\n"
    )
    if not origin.signer:
        return trace
    return (
        f"{trace}DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={origin.signer}; s=s1;\r\n"
        f" h=from:to:subject:date:message-id; bh={dice.hex(12)}{dice.hex(12)}=;\r\n"
        f" b={dice.hex(12)}{dice.hex(12)}{dice.hex(12)}{dice.hex(12)}=\r\n"
    )


def header(draft: Draft, message_id: str, at: int, dice: Dice) -> str:
    """Every header field except MIME ones."""
    author = draft.author
    lines = [
        _trace(draft, at, dice),
        f"Message-ID: <{message_id}>\r\n",
        f"Date: {stamp(at - dice.between(3, 12), author.origin.offset_hours)}\r\n",
        f"From: {mailbox(author.mailbox)}\r\nTo: {_mailboxes(draft.to)}\r\n",
    ]
    if draft.cc:
        lines.append(f"Cc: {_mailboxes(draft.cc)}\r\n")
    if draft.reply_to:
        lines.append(f"Reply-To: {mailbox(draft.reply_to)}\r\n")
    lines.append(f"Subject: {encode(draft.subject)}\r\n")
    if draft.references:
        chain = "\r\n ".join(f"<{reference}>" for reference in draft.references)
        lines.append(f"In-Reply-To: <{draft.references[-1]}>\r\nReferences: {chain}\r\n")
    lines.extend(f"{line}\r\n" for line in draft.headers)
    lines.append(author.mailer.banner)
    return "".join(lines)
