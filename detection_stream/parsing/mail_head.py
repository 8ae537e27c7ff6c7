"""Splits a message into header fields and body, whatever stands before and among the fields.

Everything that reads mail starts here, so that all see the same fields: identity and parsing, the
message itself and those within it. All work is linear in the size of the header block.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from detection_stream.parsing import limits
from detection_stream.short_cache import short_cache

MAX_JUNK_LINES: Final = 8
"""Lines in a row that are no header fields and yet do not end the block."""

_MAX_NAME_LENGTH = 998
_MAX_JUNK_BYTES = 4_096
_VALUE = rb"[ \t]*+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)"
_FIELD = re.compile(rb"^([!-9;-~]++)" + _VALUE + rb"(?:\n|\Z)", re.MULTILINE)
_FIELDS = re.compile(rb"(?:[!-9;-~]++" + _VALUE + rb"(?:\n|\Z))*+")
_CONTENT_FIELD = re.compile(rb"^(content-[!-9;-~]*+)" + _VALUE, re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"\n\r?\n")
_BARE_RETURN = re.compile(rb"\r+(?!\n)")
_RETURNS = re.compile(rb"\r{2,}+\n")
_APPLE_LENGTH = re.compile(rb"(\d{1,12})[ \t]{0,20}\r?\n")
_LINE = re.compile(rb"[^\n]*+(?:\n|\Z)")
_SEPARATOR = re.compile(rb">*+From (?![ \t]*:)[^\n]*+\n")
# What a mail has at least one of; a line before such a field is no text.
_USUAL_FIELD = re.compile(
    rb"(?:received|return-path|delivered-to|from|to|cc|subject|date|sender|reply-to|message-id"
    rb"|mime-version|content-type|content-transfer-encoding|in-reply-to|references|dkim-signature"
    rb"|list-[a-z]{2,20}|(?:arc-)?authentication-results|received-spf|x-[a-z][a-z0-9-]{1,60})"
    rb"[ \t]*+:",
    re.IGNORECASE,
)
_SENDER_FIELD = re.compile(rb"(?:\A|\n)from[ \t]*+:", re.IGNORECASE)

# Looking these up is faster than decoding them, and most fields have such a name.
_USUAL_NAMES: Final = {
    name.encode(): name.lower()
    for name in (
        *("Received", "From", "To", "Cc", "Subject", "Date", "Message-ID", "Message-Id"),
        *("Reply-To", "Return-Path", "Delivered-To", "In-Reply-To", "References", "MIME-Version"),
        *("Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-Language"),
        *("Authentication-Results", "ARC-Authentication-Results", "ARC-Message-Signature"),
        *("ARC-Seal", "DKIM-Signature", "Received-SPF", "List-Id", "List-Unsubscribe", "X-Mailer"),
        *("List-Archive", "List-Post", "List-Help", "List-Subscribe", "Precedence", "Sender"),
        *("User-Agent", "Errors-To", "X-Received", "X-Google-DKIM-Signature"),
    )
}

_NAME = itemgetter(0)

Fields = list[tuple[str, bytes]]
"""Names in lower case and raw values, in order."""


@dataclass(slots=True)
class MailHead:
    """The fields of a message; its body is ``raw`` from offset ``body``.

    ``raw`` is the message without what stood before its fields. ``defects`` says what was repaired,
    ``truncated`` which caps were exceeded.
    """

    raw: bytes
    fields: Fields
    body: int
    defects: list[str] = field(default_factory=list)
    truncated: list[str] = field(default_factory=list)


def read_head(raw: bytes) -> MailHead:
    """The head of any bytes; never raises."""
    defects: list[str] = []
    raw = _from_the_first_field(_in_ascii(raw, defects), defects)
    raw = _with_usual_line_ends(raw, defects)
    head = MailHead(raw, [], 0, defects)
    _read_fields(head)
    if _has_no_sender_but_later(head):
        # A stray empty line: what follows are fields that mail programs need.
        defects.append("empty-line-in-header")
        head.body += _blank(raw, head.body)
        _read_fields(head)
    head.body += _blank(raw, head.body)
    return head


def header_block(raw: bytes) -> bytes:
    """The message without its body."""
    head = read_head(raw)
    return head.raw[: head.body]


def end_of_fields(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the fields of the block at ``start`` end, before ``end``, and where its body starts."""
    match = _FIELDS.match(raw, start, end)
    after = match.end() if match else start
    return after, min(after + _blank(raw, after), end)


def content_fields(block: bytes) -> Fields:
    """The Content fields of a part's block.

    The others are only matched, which is ten times as fast: a mail can have millions.
    """
    return _named(_CONTENT_FIELD.findall(block))


def _in_ascii(raw: bytes, defects: list[str]) -> bytes:
    """The message in a superset of ASCII, with line feeds."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        defects.append("utf-16")
        raw = raw[: limits.MAX_MESSAGE_BYTES].decode("utf-16", "replace").encode("utf-8", "replace")
    if b"\r" in raw and b"\n" not in raw:
        defects.append("bare-carriage-return")
        raw = raw.replace(b"\r", b"\n")
    return raw


def _with_usual_line_ends(raw: bytes, defects: list[str]) -> bytes:
    """The message without carriage returns in its header block but before a line feed."""
    if b"\r" not in raw:
        return raw
    head = _block(raw)
    if head.count(b"\r") == head.count(b"\r\n"):
        return raw
    if b"\r\r\n" in head:
        defects.append("doubled-carriage-return")
        raw = _RETURNS.sub(b"\r\n", raw)
        head = _block(raw)
    if head.count(b"\r") != head.count(b"\r\n"):
        # Some programs end a line there, so a field may be hidden behind it.
        defects.append("bare-carriage-return")
        raw = _BARE_RETURN.sub(b"\n", head) + raw[len(head) :]
    return raw


def _block(raw: bytes) -> bytes:
    end = raw.find(b"\n\r\n", 0, limits.MAX_HEADER_BLOCK_BYTES)
    other = raw.find(b"\n\n", 0, end + 1 if end >= 0 else limits.MAX_HEADER_BLOCK_BYTES)
    end = other if other >= 0 else end
    return raw[: end + 1 if end >= 0 else limits.MAX_HEADER_BLOCK_BYTES]


def _from_the_first_field(raw: bytes, defects: list[str]) -> bytes:
    """The message without byte order mark, separator of a mailbox, banner and empty lines."""
    if raw.startswith(codecs.BOM_UTF8):
        defects.append("byte-order-mark")
        raw = raw[len(codecs.BOM_UTF8) :]
    length = _APPLE_LENGTH.match(raw) if raw[:1].isdigit() else None
    if length and _USUAL_FIELD.match(raw, length.end()):
        # Apple Mail writes the length before a message and a property list behind it.
        return raw[length.end() : length.end() + int(length[1])]
    at = 0
    while separator := _SEPARATOR.match(raw, at):
        at = separator.end()
    if not _FIELD.match(raw, at):
        found = _after_junk(raw, at)
        if found > at:
            defects.append("junk-before-header")
            at = found
    return raw[at:] if at else raw


def _after_junk(raw: bytes, at: int) -> int:
    """Where fields go on behind a few lines that are none; ``at`` if they don't."""
    found = at
    for _ in range(MAX_JUNK_LINES):
        line = _LINE.match(raw, found)
        if line is None or line.end() - at > _MAX_JUNK_BYTES or line.end() == found:
            return at
        found = line.end()
        if raw[found : found + 3] == codecs.BOM_UTF8:
            found += 3
        if _USUAL_FIELD.match(raw, found):
            return found
    return at


def _read_fields(head: MailHead) -> None:
    """Add the fields from the head's ``body`` on, which moves behind them."""
    raw = head.raw
    while True:
        most = limits.MAX_HEADER_BLOCK_BYTES + 1
        match = _FIELDS.match(raw, head.body, most)
        end = match.end() if match else head.body
        pairs = _FIELD.findall(raw, head.body, end)
        if b"\n>" in raw[head.body : end] or raw.startswith(b">", head.body):
            head.defects.append("quoted-field")
        left = limits.MAX_HEADERS - len(head.fields)
        head.fields += _named(pairs[:left])
        head.body = end
        if len(pairs) > left or end >= most:
            head.truncated.append("headers" if len(pairs) > left else "header-block-bytes")
            blank = _END.search(raw, end - 1)
            head.body = blank.start() + 1 if blank else len(raw)
            return
        if _blank(raw, end) or raw.startswith(b"--", end):
            return
        found = _after_junk(raw, end)
        if found == end or b"\n\n" in raw[end:found].replace(b"\r", b""):
            return
        head.defects.append("junk-in-header")
        head.body = found


def _has_no_sender_but_later(head: MailHead) -> bool:
    """Whether the sender's field stands behind an empty line, in a block of its own."""
    if head.truncated or not head.fields or "from" in map(_NAME, head.fields):
        return False
    start = head.body + _blank(head.raw, head.body)
    if start == head.body or not _USUAL_FIELD.match(head.raw, start):
        return False
    block = _FIELDS.match(head.raw, start, start + limits.MAX_HEADER_LENGTH)
    return bool(block and _SENDER_FIELD.search(block[0]))


def _named(pairs: list[tuple[bytes, bytes]]) -> Fields:
    usual = _USUAL_NAMES.get
    return [(usual(name) or _lowered(name), value) for name, value in pairs]


@short_cache(4_096)
def _lowered(name: bytes) -> str:
    return name[:_MAX_NAME_LENGTH].lstrip(b">").decode("ascii").lower()


def _blank(raw: bytes, at: int) -> int:
    return 2 if raw.startswith(b"\r\n", at) else 1 if raw.startswith(b"\n", at) else 0
