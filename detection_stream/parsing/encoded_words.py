"""Decodes the encoded words of header values (RFC 2047), as tolerantly as mail programs do."""

from __future__ import annotations

import binascii
import re

from detection_stream.parsing.charsets import decode
from detection_stream.parsing.transfer import from_base64

_BREAKS = re.compile(r"[\r\n]+")
# Text ends at the first "?=", so that a question mark within counts; it never holds another word.
_WORD = re.compile(
    r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?((?:[^?=]|\?(?!=)|=(?!\?(?!=)))*+)\?="
)


def decode_words(value: str) -> str:
    """``value`` with its encoded words decoded once; broken ones are kept.

    A character may be split between neighbouring words of one charset and encoding.
    """
    if "=?" not in value:
        return value
    pieces: list[str] = []
    past = 0
    before: tuple[str, bytes] | None = None
    for match in _WORD.finditer(value):
        between = value[past : match.start()]
        charset, content = match[1].lower(), _content(match[2], match[3])
        if before is not None and not between.strip():
            # White space between two words is not shown.
            between = ""
            if before[0] == charset:
                content, before = before[1] + content, None
        if before is not None:
            pieces.append(_text(*before))
        pieces.append(between)
        before, past = (charset, content), match.end()
    if before is not None:
        pieces.append(_text(*before))
    return "".join(pieces) + value[past:]


def _content(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    return from_base64(data) if encoding in "bB" else binascii.a2b_qp(data, header=True)


def _text(charset: str, content: bytes) -> str:
    # A line break in a decoded value would let a sender forge header lines.
    return _BREAKS.sub(" ", decode(content, charset))
