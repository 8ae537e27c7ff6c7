"""Queries of the verdict index."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from typing import Any

from detection_stream.web.index.schema import names_of
from detection_stream.web.index.search import search
from detection_stream.web.index.writing import DAY_MS
from detection_stream.web.members.queries import (
    Contact,
    Counts,
    DayCount,
    DetectorHits,
    VerdictFilter,
    VerdictRow,
)

MAX_RECENT_MESSAGES = 500
"""Latest messages of an address, per direction, from which its contacts are counted."""
MAX_CONTACTS = 12

_FIELDS = VerdictRow.__struct_fields__
_COLUMNS = ", ".join(f"v.{name}" for name in _FIELDS)


def verdicts(
    connection: sqlite3.Connection,
    partitions: list[int],
    wanted: VerdictFilter,
    before: tuple[int, str] | None,
    limit: int,
) -> list[VerdictRow]:
    """The last revision of matching messages, newest first."""
    if wanted.tenants is not None and not wanted.tenants:
        return []
    found = search(wanted, before)
    found.add(_held("v", partitions))
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM {found.text} LIMIT :limit", {**found.values, "limit": limit}
    )
    return [_verdict(row) for row in rows]


def _held(table: str, partitions: list[int]) -> str:
    """Entries of partitions that have moved now belong to another member."""
    return f"{table}.partition IN ({', '.join(map(str, partitions))})"


def _verdict(row: tuple[Any, ...]) -> VerdictRow:
    named = dict(zip(_FIELDS, row, strict=True))
    for name in ("recipients", "detectors"):
        named[name] = names_of(named[name])
    return VerdictRow(**named)


def places(
    connection: sqlite3.Connection, partitions: list[int], uid: str
) -> list[tuple[int, int]]:
    """Partition and offset of each revision of a message, oldest first."""
    return connection.execute(
        f"SELECT partition, offset FROM verdict v WHERE uid = ? AND {_held('v', partitions)} "
        "ORDER BY revision",
        (uid,),
    ).fetchall()


def counts(
    connection: sqlite3.Connection, partitions: list[int], asked: Counts
) -> tuple[int, list[DayCount], list[DetectorHits]]:
    """The last day, verdicts by day, and detector hits in the days up to it."""
    chosen, values = _of_tenants(asked.tenants)
    held = f"{_held('d', partitions)}{chosen}"
    last = asked.last
    if last is None:
        # Senders may date mail in the future.
        (last,) = connection.execute(
            f"SELECT coalesce(max(day), -1) FROM daily d WHERE count > 0 AND day <= ? AND {held}",
            (int(time.time()) // 86_400 + 1, *values),
        ).fetchone()
    first = last - asked.days + 1
    by_day = connection.execute(
        "SELECT day, verdict, attack_type, sum(count) FROM daily d "
        f"WHERE day BETWEEN ? AND ? AND {held} GROUP BY day, verdict, attack_type",
        (first, last, *values),
    )
    found = [DayCount(*row) for row in by_day]
    if not asked.hits:
        return last, found, []
    hits = connection.execute(
        "SELECT f.detector, count(*), max(f.received_at) FROM fired f "
        f"CROSS JOIN verdict v WHERE v.id = f.verdict AND {_held('v', partitions)}{chosen} "
        "AND f.received_at >= ? AND f.received_at < ? GROUP BY f.detector",
        (*values, first * DAY_MS, (last + 1) * DAY_MS),
    )
    return last, found, [DetectorHits(*row) for row in hits]


def _of_tenants(tenants: list[str] | None) -> tuple[str, tuple[str, ...]]:
    if tenants is None:
        return "", ()
    return f" AND tenant IN ({', '.join('?' * len(tenants))})", tuple(tenants)


def contacts(
    connection: sqlite3.Connection, partitions: list[int], tenant: str, address: str
) -> tuple[list[Contact], dict[str, int], dict[str, int]]:
    """Contacts of an address, display names it has used, and verdicts on its mail."""
    sent = connection.execute(
        "SELECT recipients, received_at, sender_name, verdict FROM verdict v INDEXED BY by_sender "
        f"WHERE sender = ? AND tenant = ? AND superseded = 0 AND {_held('v', partitions)} "
        "ORDER BY received_at DESC LIMIT ?",
        (address, tenant, MAX_RECENT_MESSAGES),
    ).fetchall()
    received = connection.execute(
        "SELECT v.sender, v.received_at FROM recipient r CROSS JOIN verdict v "
        "WHERE r.address = ? AND v.id = r.verdict AND v.tenant = ? AND v.superseded = 0 AND "
        f"{_held('v', partitions)} ORDER BY r.received_at DESC LIMIT ?",
        (address, tenant, MAX_RECENT_MESSAGES),
    ).fetchall()
    found: dict[str, Contact] = {}
    names: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for recipients, at, name, verdict in sent:
        for other in names_of(recipients):
            contact = found.setdefault(other, Contact(other, 0, 0, 0))
            contact.sent += 1
            contact.last_at = max(contact.last_at, at)
        names[name] += 1
        verdicts[verdict] += 1
    for sender, at in received:
        contact = found.setdefault(sender, Contact(sender, 0, 0, 0))
        contact.received += 1
        contact.last_at = max(contact.last_at, at)
    found.pop(address, None)
    found.pop("", None)
    most = sorted(found.values(), key=lambda c: (-(c.sent + c.received), c.address))[:MAX_CONTACTS]
    names.pop("", None)
    return most, names, verdicts
