"""Dates as mail writes them."""

from __future__ import annotations

from functools import lru_cache
from time import gmtime

DAY = 86_400
"""Seconds."""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    date = gmtime(day * DAY)
    return (
        f"{_WEEKDAYS[date.tm_wday]}, {date.tm_mday:02d} {_MONTHS[date.tm_mon - 1]} {date.tm_year}"
    )


def stamp(at: int, offset_hours: int = 0) -> str:
    """The RFC 5322 date of a Unix time, in the sender's time zone."""
    day, second = divmod(at + offset_hours * 3600, DAY)
    minute = second // 60
    zone = f"{'-' if offset_hours < 0 else '+'}{abs(offset_hours):02d}00"
    return f"{_date(day)} {minute // 60:02d}:{minute % 60:02d}:{second % 60:02d} {zone}"


def day_name(at: int) -> str:
    """The date alone, in human form: ``Mon, 06 Jan 2025``."""
    return _date(at // DAY)
