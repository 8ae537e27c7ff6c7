"""Verdict records into the index."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import xxhash

from detection_stream.runtime.records import Record
from detection_stream.web.index.schema import conversation_of

DAY_MS = 86_400_000
KEPT_MESSAGES = 2_000_000
"""Verdicts that an index holds; older ones are still in the topic."""

FORGET_MESSAGES = 100_000
"""Verdicts that are removed at once when there are too many."""

_Row = tuple[Any, ...]
_INSERT = f"INSERT OR IGNORE INTO verdict VALUES ({', '.join('?' * 19)})"
_DAILY = (
    "INSERT INTO daily VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET count = count + excluded.count"
)


def write(connection: sqlite3.Connection, partition: int, records: Sequence[Record]) -> None:
    """Take records of a partition of ``verdicts``, in order, in one transaction."""
    found = (row for row in (_row(partition, record) for record in records) if row is not None)
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        _insert(connection, list(found))
        place = (partition, records[-1].offset + 1, digest(records[-1]))
        connection.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", place)


def digest(record: Record) -> str:
    """By what a record is known again."""
    return f"{record.offset}:{xxhash.xxh3_64_hexdigest(record.value)}"


def _row(partition: int, record: Record) -> _Row | None:
    """A row without its id, or None for a record that is no verdict."""
    try:
        verdict = orjson.loads(record.value)
        received = datetime.fromisoformat(verdict["received_at"])
        return (
            verdict["uid"],
            verdict["revision"],
            0,
            partition,
            record.offset,
            int(received.timestamp() * 1_000),
            verdict["tenant"],
            verdict["message_id"],
            verdict["verdict"],
            verdict["attack_type"] or "",
            verdict["score"],
            verdict["direction"],
            verdict["sender"],
            verdict["sender_name"],
            "\n".join(verdict["recipients"]),
            verdict["subject"],
            "\n".join(verdict["detectors"]),
            conversation_of(verdict["tenant"], verdict["subject"]),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def _insert(connection: sqlite3.Connection, rows: list[_Row]) -> None:
    known = _known(connection, rows)
    fresh: list[_Row] = []
    new: set[tuple[str, int]] = set()
    for row in rows:
        if row[:2] not in known and row[:2] not in new:
            new.add((row[0], row[1]))
            fresh.append(row)
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM verdict").fetchone()
    numbered = [(number, *row) for number, row in enumerate(fresh, last + 1)]
    connection.executemany(_INSERT, numbered)
    connection.executemany(
        "INSERT OR IGNORE INTO recipient VALUES (?, ?, ?)",
        [(name, row[6], row[0]) for row in numbered for name in row[15].split("\n") if name],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO fired VALUES (?, ?, ?)",
        [(name, row[6], row[0]) for row in numbered for name in row[17].split("\n") if name],
    )
    days = Counter((row[6] // DAY_MS, row[7], row[9], row[10], row[4]) for row in numbered)
    revised = {uid for uid, _ in known}
    for row in numbered:
        if row[2] > 1 or row[1] in revised:
            _supersede(connection, row[1], days)
    connection.executemany(_DAILY, [(*key, count) for key, count in days.items()])
    _forget(connection, last)


def _known(connection: sqlite3.Connection, rows: list[_Row]) -> set[tuple[str, int]]:
    """Which of the rows are in the index already: a crash repeats some."""
    known: set[tuple[str, int]] = set()
    uids = [row[0] for row in rows]
    for start in range(0, len(uids), 500):
        part = uids[start : start + 500]
        marks = ", ".join("?" * len(part))
        known |= set(
            connection.execute(f"SELECT uid, revision FROM verdict WHERE uid IN ({marks})", part)
        )
    return known


def _supersede(connection: sqlite3.Connection, uid: str, days: Counter[Any]) -> None:
    """Let only the highest revision of a message count."""
    found = connection.execute(
        "SELECT id, received_at, tenant, verdict, attack_type, partition, recipients, detectors "
        "FROM verdict "
        "WHERE uid = :uid AND superseded = 0 AND revision < "
        "(SELECT max(revision) FROM verdict WHERE uid = :uid)",
        {"uid": uid},
    ).fetchall()
    for number, received_at, *key, recipients, detectors in found:
        days[received_at // DAY_MS, *key] -= 1
        connection.execute("UPDATE verdict SET superseded = 1 WHERE id = ?", (number,))
        for table, column, names in (
            ("recipient", "address", recipients),
            ("fired", "detector", detectors),
        ):
            connection.executemany(
                f"DELETE FROM {table} WHERE {column} = ? AND received_at = ? AND verdict = ?",
                [(name, received_at, number) for name in names.split("\n")],
            )


def _forget(connection: sqlite3.Connection, last: int) -> None:
    """Remove the verdicts that came first, many at a time; counts of days stay."""
    (first,) = connection.execute("SELECT coalesce(min(id), 0) FROM verdict").fetchone()
    until = last - KEPT_MESSAGES
    if until - first < FORGET_MESSAGES:
        return
    connection.execute("DELETE FROM verdict WHERE id <= ?", (until,))
    for table in ("fired", "recipient"):
        connection.execute(f"DELETE FROM {table} WHERE verdict <= ?", (until,))
