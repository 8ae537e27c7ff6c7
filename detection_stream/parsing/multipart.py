"""Finds the leaf parts of a message, in time linear in its size whatever its structure claims.

An explicit stack holds spans of the raw message; nothing is copied until it is read. Delimiters are
looked for among the lines that start with two hyphens, which are found once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from detection_stream.parsing import limits
from detection_stream.parsing.header_text import unfold
from detection_stream.parsing.header_values import HeaderValue, read_value
from detection_stream.parsing.mail_head import (
    Fields,
    MailHead,
    content_fields,
    end_of_fields,
)
from detection_stream.short_cache import short_cache

_MAX_BOUNDARY_LENGTH = 200
_MAX_SEARCHES = 8
"""Searches of the message for the boundaries of doubled types."""
_MAX_LATE_HEADER_BYTES = 512
"""Bytes read of a part's header fields once all have exceeded their cap."""
_DASHES = re.compile(rb"\n--")
_LINE_REST = re.compile(rb"(--)?[ \t]{0,998}+(?:\r{0,2}\n|\r?\Z)")
# A delimiter that nobody has declared is followed by a part's field or by an empty line.
_UNDECLARED = re.compile(
    rb"\n--([^\s-][^\r\n]{0,199}?)[ \t]*\r?\n(?=content-[a-z-]{2,40}[ \t]*:|\r?\n)", re.IGNORECASE
)
_TEXT: Final = HeaderValue("text/plain")


class PartHead(NamedTuple):
    """What a part says about its body; ``encoding`` is its Content-Transfer-Encoding."""

    content_type: HeaderValue
    disposition: HeaderValue
    encoding: str


class Leaf(NamedTuple):
    """A part without parts."""

    head: PartHead
    body: bytes


@dataclass(slots=True)
class _Walk:
    """What the walk has seen of one message; ``raw`` is the message, ``body`` where it starts."""

    raw: bytes
    body: int
    defects: list[str]
    truncated: list[str]
    header_bytes: int = limits.MAX_PART_HEADER_BYTES
    searches: int = _MAX_SEARCHES
    dashes: list[int] | None = field(default=None)

    def children(self, value: HeaderValue, start: int, end: int) -> list[tuple[int, int]]:
        """The spans of the parts of a multipart; empty if it has none."""
        if self.dashes is None:
            self.dashes = self._dashed_lines()
        declared = value.first("boundary")[:_MAX_BOUNDARY_LENGTH].rstrip()
        tried = dict.fromkeys((declared, declared.strip(), declared.strip("'\" ")))
        for boundary in filter(None, tried):
            spans = list(self._split(start, end, boundary.encode("utf-8", "replace")))
            if spans:
                return spans
        if found := _UNDECLARED.search(self.raw, max(start - 1, 0), end):
            self.defects.append("undeclared-boundary")
            return list(self._split(start, end, found[1]))
        self.defects.append("no-parts")
        return []

    def open(self, start: int, end: int) -> tuple[PartHead, int]:
        """The head of a part and where its body starts."""
        late = self.header_bytes <= 0
        most = _MAX_LATE_HEADER_BYTES if late else limits.MAX_HEADER_LENGTH
        after, body = end_of_fields(self.raw, start, min(end, start + most))
        self.header_bytes -= body - start
        if self.header_bytes < 0:
            self.truncated.append("part-header-bytes")
        block = self.raw[start:after]
        return _usual_head(block) or self.part_head(content_fields(block)), body

    def part_head(self, fields: Fields) -> PartHead:
        """What the Content fields say, of each name what programs take if there are several."""
        types = [value for name, value in fields if name == "content-type"]
        content_type = read_value(unfold(types[0])) if types else _TEXT
        if len(types) > 1:
            self.defects.append("duplicate-content-type")
            content_type = self._best([content_type, *map(read_value, map(unfold, types[1:9]))])
        disposition = encoding = ""
        for name, value in reversed(fields):
            if name == "content-disposition":
                disposition = unfold(value)
            elif name == "content-transfer-encoding":
                if encoding:
                    self.defects.append("duplicate-content-transfer-encoding")
                encoding = unfold(value)
        return PartHead(content_type, read_value(disposition), encoding)

    def _best(self, types: list[HeaderValue]) -> HeaderValue:
        """A multipart that the message has the parts of, else the first text, else the first."""
        for one in types:
            boundary = one.first("boundary").encode("utf-8", "replace")
            if one.main.startswith("multipart/") and boundary and self.searches > 0:
                self.searches -= 1
                if b"--" + boundary in self.raw:
                    return one
        return next((one for one in types if one.main.startswith("text/")), types[0])

    def _dashed_lines(self) -> list[int]:
        """The line breaks before lines of the body that start with two hyphens."""
        # The first delimiter may follow the headers directly, sharing their last line break.
        lines = _DASHES.finditer(self.raw, max(self.body - 1, 0))
        found = [line.start() for line in islice(lines, limits.MAX_DASHED_LINES + 1)]
        if len(found) > limits.MAX_DASHED_LINES:
            self.truncated.append("dashed-lines")
        return found[: limits.MAX_DASHED_LINES]

    def _split(self, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
        """The spans between the lines of a delimiter."""
        first = -1
        found = islice(self._delimiters(start, end, b"\n--" + boundary), limits.MAX_PARTS + 2)
        for line, after, closes in found:
            if first >= 0:
                # The line break before a delimiter belongs to it.
                last = line - 1 if self.raw[line - 1 : line] == b"\r" else line
                yield first, max(first, last)
            if closes:
                return
            first = after
        if first >= 0:
            yield first, end

    def _delimiters(
        self, start: int, end: int, delimiter: bytes
    ) -> Iterator[tuple[int, int, bool]]:
        """For each line of the delimiter: preceding line break, end offset, whether it closes."""
        dashes, raw = self.dashes or [], self.raw
        lines = range(bisect_left(dashes, max(start - 1, 0)), bisect_left(dashes, end))
        for at in map(dashes.__getitem__, lines):
            # One boundary may be a prefix of another; the next characters decide.
            if raw.startswith(delimiter, at, end) and (
                rest := _LINE_REST.match(raw, at + len(delimiter), end)
            ):
                yield at, rest.end(), rest[1] is not None


@short_cache(1_024, 256)
def _usual_head(block: bytes) -> PartHead | None:
    """The head of a part in which no field is doubled, else None; few different ones are usual."""
    fields = content_fields(block)
    found = dict(fields)
    if len(found) < len(fields):
        return None
    kind = found.get("content-type")
    return PartHead(
        _TEXT if kind is None else read_value(unfold(kind)),
        read_value(unfold(found.get("content-disposition", b""))),
        unfold(found.get("content-transfer-encoding", b"")),
    )


def leaves_of(head: MailHead) -> Iterator[Leaf]:
    """Every leaf part of a message in order; defects and caps exceeded go to ``head``."""
    walk = _Walk(head.raw, head.body, head.defects, head.truncated)
    top = walk.part_head(head.fields)
    stack = [(top, head.body, len(head.raw), 0)]
    count = 0
    while stack:
        part, start, end, depth = stack.pop()
        if part.content_type.main.startswith("multipart/"):
            if depth >= limits.MAX_NESTING:
                head.truncated.append("nesting")
                continue
            if spans := walk.children(part.content_type, start, end):
                children = [(*walk.open(*span), span[1], depth + 1) for span in spans]
                stack.extend(reversed(children))
                continue
        count += 1
        if count > limits.MAX_PARTS:
            head.truncated.append("parts")
            return
        yield Leaf(part, head.raw[start:end])
