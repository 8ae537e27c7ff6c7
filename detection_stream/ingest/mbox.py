"""mbox files of the mboxrd kind, and MMDF: locates their messages and unquotes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from detection_stream.ingest.compression import BLOCK
from detection_stream.ingest.separators import LOOK_AHEAD, is_of_git, separator_at

_QUOTED = re.compile(rb"\n>(>*From )")
_MMDF = re.compile(rb"\n\x01{4}\r?\n")
_MMDF_LINE = 7
"""Bytes of the longest line between messages of MMDF, with the line break before it."""


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
    """Every message of the file without what separates it from others.

    Anything before the first From_ line is ignored.
    """
    file.seek(0)
    mmdf = is_mmdf(file.read(_MMDF_LINE))
    last: _FromLine | None = None
    for line in _mmdf_lines(file) if mmdf else _from_lines(file):
        if last and not (mmdf and line.before <= last.after):
            yield Slice(last.after, max(line.before - last.after, 0), last.date)
        last = line
    end = file.seek(0, 2) if mmdf else _content_end(file)
    if last and not (mmdf and end <= last.after):
        yield Slice(last.after, max(end - last.after, 0), last.date)


def is_mmdf(head: bytes) -> bool:
    """Whether a file starts as MMDF: messages between lines of four control characters."""
    return _MMDF.match(b"\n" + head[: _MMDF_LINE - 1]) is not None


def from_line(head: bytes) -> tuple[int, int | None] | None:
    """Length and date (milliseconds since 1970) of the From_ line at the start of ``head``."""
    return separator_at(head, 0, blank=True)


def unquote(raw: bytes) -> bytes:
    """The message without the ``>`` put before lines that look like From_ lines."""
    # A pattern with a literal start is matched much faster than one with ``^``.
    return _QUOTED.sub(rb"\n\1", b"\n" + raw)[1:] if b">From " in raw else raw


def _from_lines(file: BinaryIO) -> Iterator[_FromLine]:
    file.seek(0)
    # A line end before the start makes the first line like all others.
    base, buffer = -2, b"\n\n"
    done = 1
    patches: bool | None = None
    while True:
        block = file.read(BLOCK)
        buffer += block
        # What follows a line may be in the next block, except at the end of the file.
        limit = max(len(buffer) - LOOK_AHEAD, done) if block else len(buffer)
        start = buffer.find(b"\nFrom ", done)
        while 0 <= start < limit:
            blank = _blank_line(buffer, start)
            found = separator_at(buffer, start + 1, blank=blank > 0)
            if found and patches is None:
                patches = is_of_git(buffer, start + 1)
            # In other files it is a mail that has the patch in its text.
            if found and (patches or not is_of_git(buffer, start + 1)):
                yield _FromLine(base + start + 1 - blank, base + found.end, found.date)
            start = buffer.find(b"\nFrom ", start + 1)
        if not block:
            return
        # Keep two bytes to see whether the previous line is empty.
        base += max(limit - 2, 0)
        buffer = buffer[max(limit - 2, 0) :]
        done = min(limit, 2)


def _mmdf_lines(file: BinaryIO) -> Iterator[_FromLine]:
    file.seek(0)
    base, buffer = -1, b"\n"
    while True:
        block = file.read(BLOCK)
        buffer += block
        start = 0
        while found := _MMDF.search(buffer, start):
            # Its last line break may be the first of the next such line.
            start = found.end() - 1
            yield _FromLine(base + found.start() + 1, base + found.end(), None)
        if not block:
            return
        kept = max(start, len(buffer) - _MMDF_LINE)
        base += kept
        buffer = buffer[kept:]


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
