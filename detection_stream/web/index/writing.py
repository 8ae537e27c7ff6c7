"""Writes verdict records into the index."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import xxhash

from detection_stream.runtime.records import Record
from detection_stream.web.index.schema import LISTS, conversation_of, names_of

DAY_MS = 86_400_000
MAX_INDEXED_VERDICTS = 2_000_000
"""Maximum verdicts in an index; older ones remain in the topic."""

MAX_INDEXED_IN_MEMORY = 50_000
"""The same for an index in memory."""
FORGET_SHARE = 20
"""Fraction (1/n) removed at once if there are too many."""


class _VerdictRow(NamedTuple):
    """A row of the table ``verdict``, in the order of its columns."""

    id: int
    uid: str
    revision: int
    superseded: int
    partition: int
    offset: int
    received_at: int
    tenant: str
    message_id: str
    verdict: str
    attack_type: str
    score: float
    direction: str
    sender: str
    sender_name: str
    recipients: str
    subject: str
    detectors: str
    conversation: int

    @property
    def day(self) -> tuple[int, str, str, str, int]:
        """Its key in the table ``daily``."""
        day = self.received_at // DAY_MS
        return day, self.tenant, self.verdict, self.attack_type, self.partition


_INSERT = f"INSERT OR IGNORE INTO verdict VALUES ({', '.join('?' * len(_VerdictRow._fields))})"
_DAILY = (
    "INSERT INTO daily VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET count = count + excluded.count"
)


def write(connection: sqlite3.Connection, partition: int, records: Sequence[Record]) -> None:
    """Add records of one partition of ``verdicts``, in order, in one transaction."""
    found = (row for row in (_row(partition, record) for record in records) if row is not None)
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        _insert(connection, list(found))
        position = (partition, records[-1].offset + 1, digest(records[-1]))
        connection.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", position)


def digest(record: Record) -> str:
    """Identifies a record."""
    return f"{record.offset}:{xxhash.xxh3_64_hexdigest(record.value)}"


def _row(partition: int, record: Record) -> _VerdictRow | None:
    """A row without an id yet, or None for a record that is not a verdict."""
    try:
        verdict = orjson.loads(record.value)
        received = datetime.fromisoformat(verdict["received_at"])
        return _VerdictRow(
            id=0,
            uid=verdict["uid"],
            revision=verdict["revision"],
            superseded=0,
            partition=partition,
            offset=record.offset,
            received_at=int(received.timestamp() * 1_000),
            tenant=verdict["tenant"],
            message_id=verdict["message_id"],
            verdict=verdict["verdict"],
            attack_type=verdict["attack_type"] or "",
            score=verdict["score"],
            direction=verdict["direction"],
            sender=verdict["sender"],
            sender_name=verdict["sender_name"],
            recipients="\n".join(verdict["recipients"]),
            subject=verdict["subject"],
            detectors="\n".join(verdict["detectors"]),
            conversation=conversation_of(verdict["tenant"], verdict["subject"]),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def _insert(connection: sqlite3.Connection, rows: list[_VerdictRow]) -> None:
    known = _known(connection, rows)
    fresh: dict[tuple[str, int], _VerdictRow] = {}
    for row in rows:
        if (row.uid, row.revision) not in known:
            fresh.setdefault((row.uid, row.revision), row)
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM verdict").fetchone()
    numbered = [row._replace(id=number) for number, row in enumerate(fresh.values(), last + 1)]
    connection.executemany(_INSERT, numbered)
    for table in LISTS:
        connection.executemany(
            f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?)",
            [(name, row.received_at, row.id) for row in numbered for name in _listed(table, row)],
        )
    days = Counter(row.day for row in numbered)
    revised = {uid for uid, _ in known}
    for row in numbered:
        if row.revision > 1 or row.uid in revised:
            _supersede(connection, row.uid, days)
    connection.executemany(_DAILY, [(*key, count) for key, count in days.items()])
    _forget(connection, last)


def _listed(table: str, row: _VerdictRow) -> list[str]:
    """The names under which a table lists a verdict."""
    return names_of({"recipient": row.recipients, "fired": row.detectors}[table])


def _known(connection: sqlite3.Connection, rows: list[_VerdictRow]) -> set[tuple[str, int]]:
    """Which rows are already in the index: a crash repeats some."""
    known: set[tuple[str, int]] = set()
    uids = [row.uid for row in rows]
    for start in range(0, len(uids), 500):
        part = uids[start : start + 500]
        marks = ", ".join("?" * len(part))
        known |= set(
            connection.execute(f"SELECT uid, revision FROM verdict WHERE uid IN ({marks})", part)
        )
    return known


def _supersede(connection: sqlite3.Connection, uid: str, days: Counter[Any]) -> None:
    """Mark all but the highest revision of a message superseded."""
    found = connection.execute(
        "SELECT * FROM verdict WHERE uid = :uid AND superseded = 0 AND revision < "
        "(SELECT max(revision) FROM verdict WHERE uid = :uid)",
        {"uid": uid},
    )
    for row in map(_VerdictRow._make, found.fetchall()):
        days[row.day] -= 1
        connection.execute("UPDATE verdict SET superseded = 1 WHERE id = ?", (row.id,))
        for table, column in LISTS.items():
            connection.executemany(
                f"DELETE FROM {table} WHERE {column} = ? AND received_at = ? AND verdict = ?",
                [(name, row.received_at, row.id) for name in _listed(table, row)],
            )


def _forget(connection: sqlite3.Connection, last: int) -> None:
    """Remove the oldest verdicts, many at a time; daily counts stay."""
    (first,) = connection.execute("SELECT coalesce(min(id), 0) FROM verdict").fetchone()
    (file,) = connection.execute("SELECT file FROM pragma_database_list").fetchone()
    kept = MAX_INDEXED_VERDICTS if file else MAX_INDEXED_IN_MEMORY
    until = last - kept
    # In bulk.
    if until - first < kept // FORGET_SHARE:
        return
    connection.execute("DELETE FROM verdict WHERE id <= ?", (until,))
    for table in LISTS:
        connection.execute(f"DELETE FROM {table} WHERE verdict <= ?", (until,))
