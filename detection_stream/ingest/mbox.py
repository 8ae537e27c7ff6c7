"""mbox files of the mboxrd kind: locates their messages and unquotes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from detection_stream.ingest.compression import BLOCK
from detection_stream.parsing.identity import parse_date

MAX_LINE_BYTES = 1024
"""Maximum bytes of a From_ line."""

_FROM_LINE = re.compile(
    rb"From \S[^\n]{0,800}? (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? {1,4}"
    rb"([A-Z][a-z]{2}) {1,4}(\d{1,2}) {1,4}(\d\d:\d\d(?::\d\d)?) {1,4}"
    rb"(?:([A-Z]{1,5}|[+-]\d{4}) {1,4})?(\d{2,4})\b(?: {1,4}([+-]\d{4}))?[^\n]{0,100}(?:\n|\Z)"
)
_QUOTED = re.compile(rb"\n>(>*From )")


class Slice(NamedTuple):
    """One message: where it starts, its length in bytes and its From_ line's milliseconds."""

    position: int
    length: int
    envelope_date: int | None


class _FromLine(NamedTuple):
    before: int
    """Where the message before it ends."""
    after: int
    """Where its own message starts."""
    date: int | None


def split(file: BinaryIO) -> Iterator[Slice]:
    """Every message of the file without its From_ line and the empty line after it.

    A From_ line counts only with a date, at the start of the file or after an empty line.
    Anything before the first one is ignored.
    """
    last: _FromLine | None = None
    for line in _from_lines(file):
        if last:
            yield Slice(last.after, max(line.before - last.after, 0), last.date)
        last = line
    if last:
        yield Slice(last.after, max(_content_end(file) - last.after, 0), last.date)


def from_line(head: bytes) -> tuple[int, int | None] | None:
    """Length and date (milliseconds since 1970) of the From_ line at the start of ``head``."""
    match = _FROM_LINE.match(head, 0, MAX_LINE_BYTES)
    return (match.end(), _date(match)) if match else None


def unquote(raw: bytes) -> bytes:
    """The message without the ``>`` put before lines that look like From_ lines."""
    # A pattern with a literal start is matched much faster than one with ``^``.
    return _QUOTED.sub(rb"\n\1", b"\n" + raw)[1:] if b">From " in raw else raw


def _from_lines(file: BinaryIO) -> Iterator[_FromLine]:
    file.seek(0)
    # A line end before the start makes the first line like all others.
    base, buffer = -2, b"\n\n"
    done = 1
    while True:
        block = file.read(BLOCK)
        buffer += block
        # A line may continue in the next block, except at the end of the file.
        limit = max(len(buffer) - MAX_LINE_BYTES, done) if block else len(buffer)
        start = buffer.find(b"\nFrom ", done)
        while 0 <= start < limit:
            blank = _blank_line(buffer, start)
            if blank and (match := _FROM_LINE.match(buffer, start + 1)):
                yield _FromLine(base + start + 1 - blank, base + match.end(), _date(match))
            start = buffer.find(b"\nFrom ", start + 1)
        if not block:
            return
        # Keep two bytes to see whether the previous line is empty.
        base += max(limit - 2, 0)
        buffer = buffer[max(limit - 2, 0) :]
        done = min(limit, 2)


def _blank_line(buffer: bytes, end: int) -> int:
    """Length of the empty line whose line feed is at ``end``; 0 if that line is not empty."""
    if buffer[end - 1] == 10:
        return 1
    return 2 if buffer[max(end - 2, 0) : end] == b"\n\r" else 0


def _content_end(file: BinaryIO) -> int:
    size = file.seek(0, 2)
    file.seek(max(size - 3, 0))
    tail = file.read()
    return size - (_blank_line(tail, len(tail) - 1) if tail.endswith(b"\n") else 0)


def _date(match: re.Match[bytes]) -> int | None:
    month, day, clock, zone, year, late_zone = match.groups()
    # RFC 4155: without a zone the time is UTC.
    return parse_date(b"%s %s %s %s %s" % (day, month, year, clock, late_zone or zone or b"+0000"))
