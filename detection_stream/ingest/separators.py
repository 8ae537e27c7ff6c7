"""What separates the messages of an mbox.

A From_ line with a date behind an empty line always does. Programs also write it without the empty
line, in other forms, or with nothing behind ``From``; such a line counts only where it is followed
by the header fields of a mail, since anyone may begin a line with that word.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from detection_stream.parsing.identity import parse_date

MAX_LINE_BYTES: Final = 1024
"""Maximum bytes of a From_ line."""

LOOK_AHEAD: Final = MAX_LINE_BYTES + 8 * 1024
"""Bytes from the start of a line within which all is that tells whether it separates."""

_DATED = re.compile(
    rb"From \S[^\n]{0,800}? (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? {1,4}"
    rb"([A-Z][a-z]{2}) {1,4}(\d{1,2}) {1,4}(\d\d:\d\d(?::\d\d)?) {1,4}"
    rb"(?:([A-Z]{1,5}|[+-]\d{4}) {1,4})?(\d{2,4})\b(?: {1,4}([+-]\d{4}))?[^\n]{0,100}(?:\n|\Z)"
)
# Without its date: alone, with a dash or an address, or with something that has a time of day.
_OTHER = re.compile(
    rb"From[ \t]++(?:(?:-|<>|MAILER-DAEMON|[^\s@]{0,400}+@[^\s@]{0,400}+)?[ \t\r]*+\n"
    rb"|\S{1,400}+[ \t]([^\n]{0,400}?\d{1,2}:\d\d[^\n]{0,200}+)\n)"
)
# Each patch that git writes begins so, whether it is a file's first line or stands in a mail.
_OF_GIT = re.compile(rb"From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\b")
_BLOCK = re.compile(rb"(?:>From [^\n]*+\n)?(?:[!-9;-~]++[ \t]*+:[^\n]*+\n(?:[ \t][^\n]*+\n)*+)++")
_NAME = re.compile(rb"^([!-9;-~]++)[ \t]*+:", re.MULTILINE)
_ON_ARRIVAL = frozenset(
    (
        *(b"received", b"return-path", b"delivered-to", b"x-original-to", b"envelope-to"),
        *(b"message-id", b"x-mozilla-status", b"x-gm-thrid", b"x-gmail-labels", b"status"),
    )
)
_USUAL = _ON_ARRIVAL | {b"from", b"to", b"cc", b"subject", b"date", b"mime-version"}
_MIN_FIELDS = 2
_MIN_FIELDS_UNDATED = 3


class Separator(NamedTuple):
    """The end of a From_ line in the given bytes, and its date in milliseconds since 1970."""

    end: int
    date: int | None


def separator_at(content: bytes, at: int, *, blank: bool) -> Separator | None:
    """The From_ line that starts at ``at``; ``blank`` says that the line before it is empty."""
    dated = _DATED.match(content, at, at + MAX_LINE_BYTES)
    if dated and blank:
        return Separator(dated.end(), _date(dated))
    other = dated or _OTHER.match(content, at, at + MAX_LINE_BYTES)
    if other is None or is_of_git(content, at):
        return None
    found = _names(content, other.end(), at + LOOK_AHEAD) & _USUAL
    if dated:
        return Separator(dated.end(), _date(dated)) if len(found) >= _MIN_FIELDS else None
    if len(found) < _MIN_FIELDS_UNDATED or not found & _ON_ARRIVAL:
        return None
    return Separator(other.end(), parse_date(other[1]) if other[1] else None)


def is_of_git(content: bytes, at: int) -> bool:
    """Whether the line that starts at ``at`` is the first of a patch that git wrote."""
    return _OF_GIT.match(content, at) is not None


def _names(content: bytes, start: int, end: int) -> set[bytes]:
    """Names (lower case) of the header fields that follow at once."""
    block = _BLOCK.match(content, start, end)
    return set(map(bytes.lower, _NAME.findall(block[0]))) if block else set()


def _date(match: re.Match[bytes]) -> int | None:
    month, day, clock, zone, year, late_zone = match.groups()
    # RFC 4155: without a zone the time is UTC.
    return parse_date(b"%s %s %s %s %s" % (day, month, year, clock, late_zone or zone or b"+0000"))
