"""Rows of profiles as fields with names, units and plain words."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from detection_stream.profiles.decay import DecayedCount
from detection_stream.profiles.kinds import PROFILES
from detection_stream.profiles.row import Records
from detection_stream.profiles.sketch import REGISTERS, Distinct
from detection_stream.profiles.window import Window, day, hour, month

HALF_LIFE_DAYS = 60
"""Of the decayed counts of all profiles (profiles/address.py, profiles/domain.py)."""

WORDS: dict[str, tuple[str, str]] = {
    "touched": ("last change of this row", "time"),
    "first_seen": ("first message", "time"),
    "last_seen": ("last message", "time"),
    "count": ("messages", "messages"),
    "sent_hour": ("sent in the last hour", "messages"),
    "sent_day": ("sent in the last day", "messages"),
    "sent_month": ("sent in the last 30 days", "messages"),
    "hours": ("when it writes, by hour of the day (UTC)", "messages"),
    "recipients": ("different recipients", "about"),
    "names": ("different display names used (4 at most)", "names"),
    "authenticated": ("messages that passed authentication, older ones count less", "messages"),
    "failed": ("messages that failed authentication, older ones count less", "messages"),
    "received": ("messages received", "messages"),
    "received_hour": ("received in the last hour", "messages"),
    "received_month": ("received in the last 30 days", "messages"),
    "written_to": ("messages that the organisation wrote to it", "messages"),
    "person": ("in the directory", "flag"),
    "vip": ("a VIP", "flag"),
    "finance": ("moves money or salaries", "flag"),
    "senders": ("different senders", "about"),
    "side_count": ("messages by each side", "messages"),
    "side_last": ("last message by each side", "time"),
    "between_month": ("between them in the last 30 days", "messages"),
    "addresses": ("different addresses that use the name (8 at most)", "addresses"),
    "internal_addresses": ("addresses of the organisation that use it (4 at most)", "addresses"),
    "internal_count": ("uses from inside the organisation", "messages"),
    "internal": ("written inside the organisation", "flag"),
    "replies": ("answers seen", "messages"),
}
"""Plain words and unit of each field; fields that only serve others have none."""
HELPERS = ("version",)
"""Fields that are nothing to people; those behind a window, a set or a decayed count neither."""


class Bucket(Struct):
    """A part of a window: when it begins (milliseconds since 1970), and what was counted."""

    at: int
    count: int


class Field(Struct):
    """One field of a row, as of the moment that the row is looked at.

    ``value`` is a number; for times milliseconds since 1970, None for never. ``buckets`` are those
    of a window, oldest first, ``slots`` the numbers of a field with several.
    """

    name: str
    words: str
    unit: str
    value: float | None
    buckets: list[Bucket] = []
    slots: list[float | None] = []


def decode(kind: str, stored: bytes, at: int) -> list[Field]:
    """The fields of a stored row, as of ``at`` (seconds since 1970)."""
    rows = PROFILES[kind].row.decode([stored])
    names = rows.dtype.names or ()
    return [_field(rows, name, at) for name in names if name in WORDS]


def _field(rows: Records, name: str, at: int) -> Field:
    words, unit = WORDS[name]
    names = rows.dtype.names or ()
    stored = rows[name][0]
    if f"{name}_head" in names:
        return _window(rows, name, at)
    if f"{name}_at" in names:
        count = DecayedCount(name, HALF_LIFE_DAYS).value(rows, np.array([at], dtype=np.int64))
        return Field(name, words, unit, round(float(count[0]), 3))
    if f"{name}_next" in names:
        return Field(name, words, unit, float((stored != 0).sum()))
    if stored.shape == (REGISTERS,):
        return Field(name, words, unit, round(float(Distinct(name).estimate(rows)[0]), 1))
    if stored.shape:
        slots = [_number(value, unit) for value in stored.tolist()]
        total = None if unit == "time" else float(stored.sum())
        return Field(name, words, unit, total, slots=slots)
    return Field(name, words, unit, _number(stored.item(), unit))


def _number(value: Any, unit: str) -> float | None:
    if unit == "time":
        return float(value) * 1_000 if value else None
    return float(value)


def _window(rows: Records, name: str, at: int) -> Field:
    words, unit = WORDS[name]
    base, _, length = name.rpartition("_")
    window: Window = {"hour": hour, "day": day, "month": month}[length](base)
    count = window.count(rows, np.array([at], dtype=np.int64))
    head = int(rows[f"{name}_head"][0])
    now = at // window.seconds
    counts = rows[name][0]
    buckets = []
    for bucket in range(now - window.buckets + 1, now + 1):
        inside = head - window.buckets < bucket <= head
        found = int(counts[bucket % window.buckets]) if inside else 0
        buckets.append(Bucket(bucket * window.seconds * 1_000, found))
    return Field(name, words, unit, float(count[0]), buckets)
