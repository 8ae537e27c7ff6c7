"""Recognises files with a single message."""

from __future__ import annotations

import re

from detection_stream.ingest import mbox

_HEAD = 4096
_START = 64
_HEADER_LINE = re.compile(rb"(?:[^\n]*\n){0,4}?[A-Za-z][!-9;-~]{0,99}[ \t]*:")
_MAIL_HEADER = re.compile(
    rb"^(?:received|return-path|delivered-to|message-id|date|from|to|subject|mime-version|"
    rb"x-original-to|envelope-to):",
    re.IGNORECASE | re.MULTILINE,
)


def has_header(raw: bytes) -> bool:
    """Whether one of the first lines is a header line; without one it is unreadable."""
    return _HEADER_LINE.match(raw, 0, _HEAD) is not None


def looks_like_mail(head: bytes) -> bool:
    """Whether a file of unknown kind starts with the headers of a mail.

    One with zeros at its start is something else, even if it holds mail, such as an archive.
    """
    block = head[:_HEAD]
    if b"\0" in block[:_START]:
        return False
    return has_header(block) and _MAIL_HEADER.search(block) is not None


def without_from_line(raw: bytes) -> tuple[bytes, int | None]:
    """The message, and the date of a From_ line that some programs put before it."""
    found = mbox.from_line(raw) if raw.startswith(b"From ") else None
    return (raw[found[0] :], found[1]) if found else (raw, None)
