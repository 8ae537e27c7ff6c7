"""Parses header dates to milliseconds since 1970-01-01 UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_tz

from detection_stream.short_cache import short_cache

MIN_DATE_MS = 315_532_800_000
"""1980-01-01 in milliseconds; there is no earlier Internet mail."""

MAX_DATE_MS = 4_102_444_800_000
"""2100-01-01 in milliseconds, exclusive."""

_MAX_LENGTH = 128
_EPOCH = date(1970, 1, 1).toordinal()
_USUAL = re.compile(
    r"\s*(?:[A-Za-z]{3},)?\s*(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+"
    r"(\d\d):(\d\d)(?::(\d\d))?\s+(?:([+-])(\d\d)(\d\d)|(?:GMT|UTC?|Z)\b(?! ?[+-]))"
)
_ZONE = re.compile(r"(?:(?<=\s)|\b(?:GMT|UTC) ?)([+-]\d\d):?(\d\d)(?!\S)")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}


@short_cache(8_192)
def parse_date(value: str) -> int | None:
    """The instant of a date; None if unreadable or outside 1980 to 2100.

    The forms are those of RFC 5322, RFC 3339 and what mailers write instead of them. A date without
    a zone is UTC.
    """
    value = value[:_MAX_LENGTH]
    try:
        at = _usual(value) or _iso(value) or _any(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return in_range(at)


def in_range(at: int | None) -> int | None:
    """``at`` if it lies between :data:`MIN_DATE_MS` and :data:`MAX_DATE_MS`, else None."""
    return at if at is not None and MIN_DATE_MS <= at < MAX_DATE_MS else None


def _usual(value: str) -> int | None:
    match = _USUAL.match(value)
    if not match:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    number = _MONTHS.get(month.lower())
    if number is None:
        return None
    days = date(int(year), number, int(day)).toordinal() - _EPOCH
    offset = (int(hours) * 3_600 + int(minutes) * 60) if sign else 0
    return _instant(
        days, int(hour), int(minute), int(second or 0), -offset if sign == "-" else offset
    )


def _iso(value: str) -> int | None:
    value = value.strip().removesuffix("GMT").removesuffix("UTC").strip()
    if not value[:4].isdecimal():
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return round(at.timestamp() * 1_000)


def _any(value: str) -> int | None:
    # The library reads no zone with a colon, or with a name before its number.
    fields = parsedate_tz(_ZONE.sub(r" \1\2", value))
    if fields is None:
        return None
    days = date(*fields[:3]).toordinal() - _EPOCH
    return _instant(days, *fields[3:6], fields[9] or 0)


def _instant(days: int, hour: int, minute: int, second: int, offset: int) -> int | None:
    """Milliseconds since 1970 of a local time ``offset`` seconds ahead of UTC."""
    if hour > 23 or minute > 59 or second > 60:
        return None
    return (days * 86_400 + hour * 3_600 + minute * 60 + second - offset) * 1_000
