"""Parses header blocks (RFC 5322, RFC 2047) tolerantly and in linear time."""

from __future__ import annotations

import binascii
import re
from string import ascii_letters, digits

from detection_stream.parsing import limits
from detection_stream.parsing.charsets import decode

_MAX_NAME_LENGTH = 998
_VALUE = rb"[ \t]*+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)"
_FIELD = re.compile(rb"([!-9;-~]++)" + _VALUE + rb"(?:\n|\Z)")
_ADDRESS_FIELD = re.compile(rb"\n(from|to|cc|bcc|reply-to)" + _VALUE, re.IGNORECASE)
_CONTENT_FIELD = re.compile(rb"(?:\A|\n)(content-[!-9;-~]*+)" + _VALUE, re.IGNORECASE)
_FIELDS = re.compile(rb"(?:[!-9;-~]++" + _VALUE + rb"(?:\n|\Z))*+")
_TRACE_FIELD = re.compile(
    rb"\n(received|received-spf|(?:arc-)?authentication-results)[ \t]*+:", re.IGNORECASE
)
_END = re.compile(rb"\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]*")
_BREAKS = re.compile(r"[\r\n]+")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s++(?==\?[^?\s]{1,80}\?[bBqQ]\?)")
_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*+)\?=")
_NOT_BASE64 = bytes(set(range(256)) - set(ascii_letters.encode() + digits.encode() + b"+/"))
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*+"?|[^;\s]*)', re.DOTALL)


def split_block(raw: bytes) -> tuple[list[tuple[str, bytes]], int, tuple[str, ...]]:
    """The fields (lower-case name, raw value) of the block that starts ``raw``; the body's offset;
    the caps that it exceeds.

    A line that is not a field ends the block and belongs to the body.
    """
    fields: list[tuple[str, bytes]] = []
    at = 0
    while match := _FIELD.match(raw, at):
        fields.append(_named(match))
        at = match.end()
        over = "headers" * (len(fields) > limits.MAX_HEADERS) or "header-block-bytes" * (
            at > limits.MAX_HEADER_BLOCK_BYTES
        )
        if over:
            end = _END.search(raw, at - 1)
            return fields, end.end() if end else len(raw), (over,)
    return fields, at + _blank(raw, at), ()


def split_part(raw: bytes) -> tuple[list[tuple[str, bytes]], int]:
    """The Content fields of the block that starts a part, and its body's offset.

    The others are only matched, which is ten times as fast: a mail can have millions.
    """
    match = _FIELDS.match(raw)
    end = match.end() if match else 0
    return [_named(found) for found in _CONTENT_FIELD.finditer(raw, 0, end)], end + _blank(raw, end)


def _named(match: re.Match[bytes]) -> tuple[str, bytes]:
    return match[1][:_MAX_NAME_LENGTH].decode("ascii").lower(), match[2]


def _blank(raw: bytes, at: int) -> int:
    return 2 if raw.startswith(b"\r\n", at) else 1 if raw.startswith(b"\n", at) else 0


def block_end(raw: bytes) -> int:
    """End of the header block at the start of ``raw``; its length if there is no body."""
    match = _END.search(raw)
    return match.start() + 1 if match else len(raw)


def raw_addresses(head: bytes) -> dict[str, list[str]]:
    """The values of the address headers of a block, their encoded words still encoded."""
    found: dict[str, list[str]] = {}
    for name, value in _ADDRESS_FIELD.findall(b"\n" + head):
        found.setdefault(name.decode("ascii").lower(), []).append(unfold(value))
    return found


def trace_names(head: bytes) -> list[str]:
    """The names of the fields that hosts on the way add to a block, in order."""
    return [name.decode("ascii").lower() for name in _TRACE_FIELD.findall(b"\n" + head)]


def unfold(value: bytes) -> str:
    """One header value as text on one line; bytes that are not UTF-8 are read as windows-1252."""
    value = value[: limits.MAX_HEADER_LENGTH]
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")
    return _FOLD.sub(" ", text).strip()


def decode_words(value: str) -> str:
    """``value`` with the encoded words of RFC 2047 decoded; broken ones are kept."""
    if "=?" not in value:
        return value
    return _WORD.sub(_decode_word, _BETWEEN_WORDS.sub("", value))


def _decode_word(match: re.Match[str]) -> str:
    charset, encoding, payload = match.groups()
    data = payload.encode("utf-8", "replace")
    content = from_base64(data) if encoding in "bB" else binascii.a2b_qp(data, header=True)
    # A line break in a decoded value would let a sender forge header lines.
    return _BREAKS.sub(" ", decode(content, charset))


def from_base64(data: bytes) -> bytes:
    """Base64 decoded; characters outside the alphabet and a broken end are skipped."""
    data = data.translate(None, _NOT_BASE64)
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition, the first of each name wins."""
    found: dict[str, str] = {}
    for name, text in _PARAMETER.findall(value):
        if text.startswith('"'):
            text = text.strip('"').replace('\\"', '"').replace("\\\\", "\\")  # noqa: PLW2901
        found.setdefault(name.lower(), text)
    return found
