"""Decodes transfer encodings (RFC 2045, section 6), whatever is wrong with them."""

from __future__ import annotations

import binascii
import re
from string import ascii_letters, digits
from typing import Final

from detection_stream.short_cache import short_cache

_BASE64 = ascii_letters.encode() + digits.encode() + b"+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_PLAIN: Final = frozenset(("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"))
_CLEAN = re.compile(rb"[A-Za-z0-9+/=\r\n]*+")
_MAX_STRINGS = 1_000
"""Padded strings in a row that are decoded by themselves; the padding in the rest is skipped."""
_LOOK = 4_096
"""Bytes looked at to recognise base64 that no header announces."""
_MIN_LOOK = 32
"""Fewest characters that can be told from a long word."""


@short_cache(256)
def encoding_of(value: str) -> str:
    """The encoding that a Content-Transfer-Encoding names: its first word without comments."""
    return value.partition("(")[0].strip(" \t\"';,").partition(";")[0].strip().lower()


def is_known(encoding: str) -> bool:
    """Whether it is an encoding of RFC 2045, or one that says that there is none."""
    return encoding in _PLAIN or encoding in ("base64", "quoted-printable")


def decode_transfer(body: bytes, encoding: str, *, text: bool = False) -> bytes:
    """The content of a body. In an unknown encoding it is base64 if it looks so, else as it is.

    The line breaks of files that are not in base64 are canonical: their hashes must not depend on
    how a message was stored.
    """
    if encoding in _PLAIN:
        return body if text or encoding == "binary" else _with_canonical_breaks(body)
    if encoding == "quoted-printable":
        return from_quoted_printable(body)
    if encoding != "base64" and not looks_base64(body):
        return body
    return text_from_base64(body) if text else from_base64(body)


def from_quoted_printable(body: bytes) -> bytes:
    """Quoted-printable decoded, with canonical line breaks."""
    return _with_canonical_breaks(binascii.a2b_qp(body))


def _with_canonical_breaks(content: bytes) -> bytes:
    if b"\n" not in content:
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def from_base64(body: bytes) -> bytes:
    """Base64 decoded, its padding and characters outside the alphabet skipped.

    Each padded string is decoded by itself: mailers write several one after the other.
    """
    data = body.rstrip(b"=\r\n \t")
    if b"=" not in data:
        try:
            return binascii.a2b_base64(body)
        except binascii.Error:
            return _one_string(data)
    return b"".join([_one_string(piece) for piece in data.split(b"=", _MAX_STRINGS) if piece])


def text_from_base64(body: bytes) -> bytes:
    """Base64 of a text, behind which a list may have put a footer that is not encoded."""
    clean = _CLEAN.match(body)
    end = body.rfind(b"\n", 0, clean.end() if clean else 0) + 1
    footer = body[end:]
    if not footer.strip() or not _is_plain(footer):
        return from_base64(body)
    return from_base64(body[:end]) + b"\n" + footer


def _is_plain(rest: bytes) -> bool:
    """Whether what may be base64 with other characters among it is no encoded text."""
    if not rest.translate(None, _BASE64).strip(b"=\r\n \t"):
        return False
    try:
        from_base64(rest).decode()
    except UnicodeDecodeError:
        return b" " in rest.strip()
    return False


def looks_base64(body: bytes) -> bool:
    """Whether a body has nothing but lines of base64 at its start."""
    start = body[:_LOOK]
    whole = start.translate(None, b" \t\r\n")
    if len(whole) < _MIN_LOOK or b" " in start.strip():
        return False
    return not whole.rstrip(b"=").translate(None, _BASE64)


def _one_string(data: bytes) -> bytes:
    data = data.translate(None, _NOT_BASE64)
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
