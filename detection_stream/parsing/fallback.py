"""The tolerant parser, for mail that the fast one refuses or is too slow for.

It repairs instead of refusing, in time linear in the size of the message, never
quadratic: an explicit stack, at most NESTING levels and PARTS parts. The ``email`` package
of the standard library has neither bound.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote_to_bytes

from detection_stream.model.message import Attachment
from detection_stream.parsing import limits
from detection_stream.parsing.addresses import ADDRESS_HEADERS, parse_addresses
from detection_stream.parsing.attachments import describe
from detection_stream.parsing.build import TRACE_FIELDS, Parts
from detection_stream.parsing.charsets import decode
from detection_stream.parsing.dates import parse_date
from detection_stream.parsing.headers import (
    decode_words,
    from_base64,
    parameters,
    split_block,
    unfold,
)

_MAX_BOUNDARY_LENGTH = 200
_LINE_REST = re.compile(rb"(--)?[ \t]*(?:\r?\n|\r?\Z)")
_BARE_NEWLINE = re.compile(rb"(?<!\r)\n")
_CONTINUED = re.compile(r"filename\*\d+\*?")


@dataclass(slots=True)
class _Leaves:
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    truncated: list[str] = field(default_factory=list)


def parse_tolerantly(raw: bytes, size: int) -> Parts:
    """The parts of any bytes; never raises. ``size`` is that of the message before any cut."""
    fields, body = split_block(raw)
    truncated = ["headers"] if len(fields) > limits.MAX_HEADERS else []
    if any(len(value) > limits.MAX_HEADER_LENGTH for _, value in fields):
        truncated.append("header-length")
    values: dict[str, list[str]] = {}
    for name, value in fields[: limits.MAX_HEADERS]:
        values.setdefault(name, []).append(unfold(value))
    leaves = _read_leaves(fields, raw, body)
    headers = {
        name: tuple([decode_words(value).strip() for value in found])
        for name, found in values.items()
    }
    return Parts(
        headers=headers,
        addresses={
            name: parse_addresses(values[name]) for name in ADDRESS_HEADERS if name in values
        },
        trace=[name for name, _ in fields[: limits.MAX_HEADERS] if name in TRACE_FIELDS],
        date=parse_date(headers["date"][0]) if "date" in headers else None,
        texts=leaves.texts,
        htmls=leaves.htmls,
        attachments=tuple(leaves.attachments),
        size=size,
        truncated=truncated + leaves.truncated,
    )


def _read_leaves(fields: list[tuple[str, bytes]], raw: bytes, body: int) -> _Leaves:
    """Every leaf part in order. The stack holds spans of ``raw``; nothing is copied until read."""
    leaves = _Leaves()
    stack = [(_structure(fields), body, len(raw), 0)]
    count = 0
    while stack:
        structure, start, end, depth = stack.pop()
        content_type, boundary = _content_type(structure)
        if not content_type.startswith("multipart/") or not boundary:
            count += 1
            if count > limits.MAX_PARTS:
                leaves.truncated.append("parts")
                break
            _add_leaf(leaves, structure, content_type, raw[start:end])
        elif depth >= limits.MAX_NESTING:
            leaves.truncated.append("nesting")
        else:
            children = [
                _open(raw, first, last, depth + 1)
                for first, last in _split(raw, start, end, boundary.encode("utf-8", "replace"))
            ]
            stack.extend(reversed(children))
    return leaves


def _open(raw: bytes, start: int, end: int, depth: int) -> tuple[dict[str, str], int, int, int]:
    # A part's own header block is short; the cap bounds the copy.
    fields, body = split_block(raw[start : min(end, start + limits.MAX_HEADER_LENGTH)])
    return _structure(fields), start + body, end, depth


def _structure(fields: list[tuple[str, bytes]]) -> dict[str, str]:
    """The headers that describe a part, first of each name."""
    found: dict[str, str] = {}
    for name, value in fields:
        if name.startswith("content-"):
            found.setdefault(name, unfold(value))
    return found


def _content_type(structure: dict[str, str]) -> tuple[str, str]:
    value = structure.get("content-type", "")
    content_type = value.partition(";")[0].strip().lower()
    if "/" not in content_type:
        content_type = "text/plain"
    boundary = ""
    if content_type.startswith("multipart/"):
        boundary = parameters(value).get("boundary", "")[:_MAX_BOUNDARY_LENGTH].rstrip()
    return content_type, boundary


def _split(raw: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """The spans between the lines ``--boundary`` in ``raw[start:end]``."""
    first = -1
    for line, after, closes in islice(_delimiters(raw, start, end, boundary), limits.MAX_PARTS + 2):
        if first >= 0:
            # The line break before a delimiter belongs to it.
            last = line - 1 if raw[line - 1 : line] == b"\r" else line
            yield first, max(first, last)
        if closes:
            return
        first = after
    if first >= 0:
        yield first, end


def _delimiters(
    raw: bytes, start: int, end: int, boundary: bytes
) -> Iterator[tuple[int, int, bool]]:
    """For each line ``--boundary``: preceding line break, end offset, whether it closes."""
    delimiter = b"\n--" + boundary
    # The first delimiter may follow the headers directly, sharing their last line break.
    at = raw.find(delimiter, max(start - 1, 0), end)
    while at >= 0:
        # One boundary may be a prefix of another; the next characters decide.
        rest = _LINE_REST.match(raw, at + len(delimiter), end)
        if rest:
            yield at, rest.end(), rest[1] is not None
        at = raw.find(delimiter, rest.end() - 1 if rest else at + 1, end)


def _add_leaf(leaves: _Leaves, structure: dict[str, str], content_type: str, body: bytes) -> None:
    content = _decode_transfer(body, structure.get("content-transfer-encoding", ""))
    disposition = structure.get("content-disposition", "")
    text = content_type in ("text/plain", "text/html") or content_type.startswith("multipart/")
    if text and not disposition.lower().startswith("attachment"):
        charset = parameters(structure.get("content-type", "")).get("charset", "us-ascii")
        bodies = leaves.htmls if content_type == "text/html" else leaves.texts
        bodies.append(decode(content, charset))
    elif len(leaves.attachments) <= limits.MAX_ATTACHMENTS:
        filename = _filename(disposition, structure.get("content-type", ""))
        leaves.attachments.append(describe(filename, content_type, content))


def _decode_transfer(body: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding == "base64":
        return from_base64(body)
    if encoding == "quoted-printable":
        # The canonical line break, so that hashes do not depend on how the mail was stored.
        return _BARE_NEWLINE.sub(b"\r\n", binascii.a2b_qp(body))
    return body


def _filename(disposition: str, content_type: str) -> str:
    named = parameters(disposition)
    if "filename*" in named:
        charset, _, value = named["filename*"].partition("'")
        return decode(unquote_to_bytes(value.partition("'")[2]), charset or "utf-8")
    if pieces := [value for name, value in named.items() if _CONTINUED.fullmatch(name)]:
        return "".join(pieces)
    return decode_words(named.get("filename") or parameters(content_type).get("name", ""))
