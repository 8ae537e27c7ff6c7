"""When a message was received, and which message it is: the same by every way in."""

from __future__ import annotations

import hashlib
import re

from detection_stream.parsing.dates import parse_date

EARLIEST = 631_152_000_000
"""1990-01-01 in milliseconds: times before it are mistakes."""
LATEST = 4_102_444_800_000
"""2100-01-01 in milliseconds: times from it on are mistakes."""
HEADER_BYTES = 1 << 20
"""Bytes of a message in which its headers are looked for."""

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_WANTED = re.compile(
    rb"^(received|date|message-id)[ \t]*:[ \t]*((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)


def _first_headers(raw: bytes) -> dict[bytes, str]:
    end = _BLANK_LINE.search(raw, 0, HEADER_BYTES)
    found: dict[bytes, str] = {}
    for match in _WANTED.finditer(raw, 0, end.start() if end else HEADER_BYTES):
        name = match[1].lower()
        if name not in found:
            found[name] = " ".join(match[2].decode("utf-8", "replace").split())
            if len(found) == 3:
                break
    return found


def _sane(at: int | None) -> int | None:
    return at if at is not None and EARLIEST <= at < LATEST else None


def received_at(raw: bytes, envelope_date: int | None = None) -> int | None:
    """Milliseconds since 1970: the top Received header, else ``envelope_date``, else Date.

    ``envelope_date`` is that of an mbox From_ line. Times outside of 1990 to 2100 do not count;
    None when nothing is left. The clock is never asked.
    """
    headers = _first_headers(raw)
    stamp = headers.get(b"received", "").rpartition(";")[2]
    return received_from(stamp, envelope_date, headers.get(b"date", ""))


def received_from(received: str, envelope_date: int | None, date: str) -> int | None:
    """``received_at`` of values already taken from headers."""
    at = _sane(parse_date(received)) if received else None
    if at is None:
        at = _sane(envelope_date)
    if at is None and date:
        at = _sane(parse_date(date))
    return at


def message_id(raw: bytes) -> str:
    """The Message-ID as it stands in angle brackets, without them; empty if there is none."""
    return bare_id(_first_headers(raw).get(b"message-id", ""))


def bare_id(value: str) -> str:
    """A Message-ID without its angle brackets."""
    start, end = value.find("<"), value.find(">")
    return value[start + 1 : end].strip() if 0 <= start < end else value.strip()


def uid(tenant: str, identifier: str, raw: bytes, at: int) -> str:
    """32 hexadecimal digits that name a message: hash of tenant, Message-ID and time received.

    A message without Message-ID is known by its content, whatever its line ends.
    """
    if not identifier:
        content = raw.replace(b"\r\n", b"\n").rstrip(b"\n")
        identifier = hashlib.blake2b(content, digest_size=16).hexdigest()
    text = f"{tenant}\0{identifier}\0{at}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()
