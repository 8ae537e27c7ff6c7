"""The tolerant parser, for mail that the fast one refuses or is too slow for.

It repairs instead of refusing, in time linear in the size of the message, never
quadratic: an explicit stack, at most NESTING levels and PARTS parts. The ``email`` package
of the standard library has neither bound.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_left
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
from detection_stream.parsing.enclosure import Enclosure, enclosures_of
from detection_stream.parsing.headers import (
    decode_words,
    from_base64,
    parameters,
    split_block,
    split_part,
    unfold,
)

_MAX_BOUNDARY_LENGTH = 200
_MAX_EXPANSION = 4
"""Encoded bytes for one of content: three of quoted-printable, and line ends."""
_DASHES = re.compile(rb"\n--")
_LINE_REST = re.compile(rb"(--)?[ \t]{0,998}+(?:\r?\n|\r?\Z)")
_CONTINUED = re.compile(r"filename\*\d+\*?")


_MAX_LATE_HEADER_BYTES = 512
"""Bytes read of a part's header fields once all have exceeded their cap."""

_Span = tuple[dict[str, str], int, int, int]
"""Structure of a part, start and end of its body, and depth."""


@dataclass(slots=True)
class _Leaves:
    header_bytes: int = limits.MAX_PART_HEADER_BYTES
    left: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("text", "html"), limits.MAX_BODY_BYTES)
    )
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)
    truncated: list[str] = field(default_factory=list)

    def open(self, raw: bytes, start: int, end: int, depth: int) -> _Span:
        """The structure of a part and the span of its body."""
        most = limits.MAX_HEADER_LENGTH if self.header_bytes > 0 else _MAX_LATE_HEADER_BYTES
        fields, body = split_part(raw[start : min(end, start + most)])
        self.header_bytes -= body
        if self.header_bytes < 0:
            self.truncated.append("part-header-bytes")
        return _structure(fields), start + body, end, depth

    def add_text(self, content: bytes, charset: str, html: bool) -> None:
        """A body, cut when all of its kind exceed their cap: decoding can take eight times that."""
        kind = "html" if html else "text"
        left = self.left[kind]
        if len(content) > left:
            self.truncated.append(f"{kind}-length")
        self.left[kind] = max(left - len(content), 0)
        (self.htmls if html else self.texts).append(decode(content[:left], charset))


def parse_tolerantly(raw: bytes, size: int) -> Parts:
    """The parts of any bytes; never raises. ``size`` is that of the message before any cut."""
    fields, body, caps = split_block(raw)
    truncated = list(caps)
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
        enclosures=leaves.enclosures,
        texts=leaves.texts,
        htmls=leaves.htmls,
        attachments=tuple(leaves.attachments),
        size=size,
        truncated=truncated + leaves.truncated,
    )


def _read_leaves(fields: list[tuple[str, bytes]], raw: bytes, body: int) -> _Leaves:
    """Every leaf part in order. The stack holds spans of ``raw``; nothing is copied until read."""
    leaves = _Leaves()
    structure = _structure(fields)
    stack = [(structure, body, len(raw), 0)]
    dashes: list[int] | None = None
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
            if dashes is None:
                dashes = _dashes(raw, body, leaves.truncated)
            delimiter = b"\n--" + boundary.encode("utf-8", "replace")
            children = [
                leaves.open(raw, first, last, depth + 1)
                for first, last in _split(raw, (start, end), delimiter, dashes)
            ]
            stack.extend(reversed(children))
    return leaves


def _dashes(raw: bytes, body: int, truncated: list[str]) -> list[int]:
    """Where lines of the body that start with two hyphens begin: their preceding line breaks.

    Found once, because every level of nested multiparts looks for its delimiters among them.
    """
    # The first delimiter may follow the headers directly, sharing their last line break.
    lines = _DASHES.finditer(raw, max(body - 1, 0))
    found = [line.start() for line in islice(lines, limits.MAX_DASHED_LINES + 1)]
    if len(found) > limits.MAX_DASHED_LINES:
        truncated.append("dashed-lines")
    return found[: limits.MAX_DASHED_LINES]


def _structure(fields: list[tuple[str, bytes]]) -> dict[str, str]:
    """The headers that describe a part, first of each name, but a type of text before others."""
    found: dict[str, str] = {}
    for name, value in fields:
        if name == "content-type" and not _is_text(found.get(name, "text/")):
            later = unfold(value)
            found[name] = later if _is_text(later) else found[name]
        elif name.startswith("content-"):
            found.setdefault(name, unfold(value))
    return found


def _is_text(content_type: str) -> bool:
    return content_type.strip().lower().startswith(("text/", "multipart/"))


def _content_type(structure: dict[str, str]) -> tuple[str, str]:
    value = structure.get("content-type", "")
    content_type = value.partition(";")[0].strip().lower()
    if "/" not in content_type:
        content_type = "text/plain"
    boundary = ""
    if content_type.startswith("multipart/"):
        boundary = parameters(value).get("boundary", "")[:_MAX_BOUNDARY_LENGTH].rstrip()
    return content_type, boundary


def _split(
    raw: bytes, span: tuple[int, int], delimiter: bytes, dashes: list[int]
) -> Iterator[tuple[int, int]]:
    """The spans between the lines of a delimiter within a span of ``raw``."""
    first = -1
    found = islice(_delimiters(raw, span, delimiter, dashes), limits.MAX_PARTS + 2)
    for line, after, closes in found:
        if first >= 0:
            # The line break before a delimiter belongs to it.
            last = line - 1 if raw[line - 1 : line] == b"\r" else line
            yield first, max(first, last)
        if closes:
            return
        first = after
    if first >= 0:
        yield first, span[1]


def _delimiters(
    raw: bytes, span: tuple[int, int], delimiter: bytes, dashes: list[int]
) -> Iterator[tuple[int, int, bool]]:
    """For each line of the delimiter: preceding line break, end offset, whether it closes."""
    start, end = span
    lines = range(bisect_left(dashes, max(start - 1, 0)), bisect_left(dashes, end))
    for at in map(dashes.__getitem__, lines):
        # One boundary may be a prefix of another; the next characters decide.
        if raw.startswith(delimiter, at, end) and (
            rest := _LINE_REST.match(raw, at + len(delimiter), end)
        ):
            yield at, rest.end(), rest[1] is not None


def _add_leaf(leaves: _Leaves, structure: dict[str, str], content_type: str, body: bytes) -> None:
    disposition = structure.get("content-disposition", "")
    encoding = structure.get("content-transfer-encoding", "")
    text = content_type in ("text/plain", "text/html") or content_type.startswith("multipart/")
    if text and not disposition.lower().startswith("attachment"):
        charset = parameters(structure.get("content-type", "")).get("charset", "us-ascii")
        content = _decode_transfer(body[: limits.MAX_BODY_BYTES * _MAX_EXPANSION], encoding)
        leaves.add_text(content, charset, content_type == "text/html")
    elif len(leaves.attachments) <= limits.MAX_ATTACHMENTS:
        declared = structure.get("content-type", "")
        file = _filename(disposition, declared), content_type, _decode_transfer(body, encoding)
        leaves.attachments.append(describe(*file))
        leaves.enclosures += enclosures_of([file], parameters(declared).get("charset", ""))


def _decode_transfer(body: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding == "base64":
        return from_base64(body)
    if encoding == "quoted-printable":
        # The canonical line break, so that hashes do not depend on how the mail was stored.
        return binascii.a2b_qp(body).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return body


def _filename(disposition: str, content_type: str) -> str:
    named = parameters(disposition)
    if "filename*" in named:
        charset, _, value = named["filename*"].partition("'")
        return decode(unquote_to_bytes(value.partition("'")[2]), charset or "utf-8")
    if pieces := [value for name, value in named.items() if _CONTINUED.fullmatch(name)]:
        return "".join(pieces)
    return decode_words(named.get("filename") or parameters(content_type).get("name", ""))
