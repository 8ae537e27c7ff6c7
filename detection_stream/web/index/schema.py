"""Tables of the verdict index. It is derived data: a file of another version is rebuilt."""

from __future__ import annotations

import logging
import re
import sqlite3
from pathlib import Path

import xxhash

log = logging.getLogger(__name__)

VERSION = 2
CACHE_KIB = 32_768
"""SQLite page cache, in KiB."""

SCHEMA = """
CREATE TABLE verdict (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL,
    revision INTEGER NOT NULL,
    superseded INTEGER NOT NULL DEFAULT 0,
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    message_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    attack_type TEXT NOT NULL,
    score REAL NOT NULL,
    direction TEXT NOT NULL,
    sender TEXT NOT NULL,
    sender_name TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    detectors TEXT NOT NULL,
    conversation INTEGER NOT NULL
);
CREATE UNIQUE INDEX by_uid ON verdict (uid, revision);
CREATE INDEX by_time ON verdict (received_at, uid);
CREATE INDEX by_tenant ON verdict (tenant, received_at, uid);
CREATE INDEX by_attack ON verdict (attack_type, received_at) WHERE attack_type != '';
CREATE INDEX by_sender ON verdict (sender, received_at);
CREATE INDEX by_message_id ON verdict (message_id) WHERE message_id != '';
CREATE INDEX by_conversation ON verdict (conversation, received_at);
CREATE INDEX flagged ON verdict (received_at, uid) WHERE verdict != 'safe';
CREATE TABLE recipient (
    address TEXT NOT NULL, received_at INTEGER NOT NULL, verdict INTEGER NOT NULL,
    PRIMARY KEY (address, received_at, verdict)
) WITHOUT ROWID;
CREATE TABLE fired (
    detector TEXT NOT NULL, received_at INTEGER NOT NULL, verdict INTEGER NOT NULL,
    PRIMARY KEY (detector, received_at, verdict)
) WITHOUT ROWID;
CREATE TABLE daily (
    day INTEGER NOT NULL, tenant TEXT NOT NULL, verdict TEXT NOT NULL, attack_type TEXT NOT NULL,
    partition INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (day, tenant, verdict, attack_type, partition)
) WITHOUT ROWID;
CREATE TABLE place (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL, last TEXT NOT NULL);
"""
"""``place`` holds each partition's next offset and a digest of the record before it,
which reveals a re-created topic."""

LISTS = {"recipient": "address", "fired": "detector"}
"""Tables that list verdicts by name, and the name's column."""

_ANSWER = re.compile(r"^(?:(?:re|fwd?|aw|wg|sv|tr|rv)\s*+(?:\[\d+\]\s*+)?:\s*+)+", re.IGNORECASE)


def open_index(path: Path) -> sqlite3.Connection:
    """The index in a file; empty if missing, damaged or of another version."""
    try:
        return _open(path)
    except sqlite3.OperationalError as error:
        # A full or read-only disk must not stop the process.
        log.warning("cannot use %s, keeping the index in memory: %s", path, error)
        return _open(Path(":memory:"))
    except sqlite3.DatabaseError:
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found not in {0, VERSION}:
        connection.close()
        raise sqlite3.DatabaseError(f"an index of version {found}")
    connection.execute("PRAGMA journal_mode = WAL")
    # Anything lost in a crash is read again from the topic.
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    if found == 0:
        connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    return connection


def conversation_of(tenant: str, subject: str) -> int:
    """A number for a subject's conversation, ignoring reply prefixes; 0 for
    no subject."""
    bare = " ".join(_ANSWER.sub("", subject.strip()).casefold().split())
    if not bare:
        return 0
    return xxhash.xxh3_64_intdigest(f"{tenant}\0{bare}".encode("utf-8", "replace")) >> 1


def names_of(joined: str) -> list[str]:
    """The names in a column, one per line."""
    return joined.split("\n") if joined else []
