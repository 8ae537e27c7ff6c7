"""The audit log: who signed in, read mail or changed something, and what was refused to whom.

Two files, so that strangers who are refused cannot push out what users did. Neither holds tokens,
passwords or mail.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict, deque
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from detection_stream.web.security.access import Principal

NAME = "web-audit.jsonl"
REFUSED_NAME = "web-refused.jsonl"
MAX_SHOWN = 200
MAX_FILE_BYTES = 16 << 20
"""Size at which a file is put aside: about 80,000 entries."""
KEPT_FILES = 9
"""Files put aside that are kept; the oldest goes."""
MAX_TEXT_CHARACTERS = 200
"""Characters kept of what a client wrote, such as a path."""
REFUSAL_SECONDS = 60.0
"""A refusal is written once in this time for each address and status, with a count."""
SIGN_IN_SECONDS = 12 * 3_600
"""A user without a session (a program, somebody behind a proxy) is noted once in this time."""
MAX_REMEMBERED = 10_000
"""Addresses, and users with theirs, that are remembered for that."""


class AuditLog:
    """One line per event, on disk before the response is sent; files are rotated."""

    def __init__(self, file: Path) -> None:
        self._events = _RotatedFile(file)
        self._refusals = _RotatedFile(file.with_name(REFUSED_NAME))
        self._refused: OrderedDict[tuple[str, int], tuple[float, int]] = OrderedDict()
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def write(self, who: Principal, address: str, action: str, details: dict[str, Any]) -> None:
        """Record what a user did."""
        self._events.append(_entry(who, address, action, details))

    def sees(self, who: Principal, address: str) -> bool:
        """Whether a user is new at an address, and so to be recorded as signed in."""
        key, now = (who.name, address), time.monotonic()
        before = self._seen.pop(key, None)
        self._seen[key] = now
        while len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)
        return before is None or now - before > SIGN_IN_SECONDS

    def refuse(
        self, who: Principal | None, address: str, status: int, path: str, reason: str
    ) -> None:
        """Record a refusal, unless one like it was just recorded: then it is counted."""
        key, now = (address, status), time.monotonic()
        at, count = self._refused.pop(key, (-REFUSAL_SECONDS, 0))
        if now - at < REFUSAL_SECONDS:
            self._refused[key] = at, count + 1
            return
        self._refused[key] = now, 0
        while len(self._refused) > MAX_REMEMBERED:
            self._refused.popitem(last=False)
        details: dict[str, Any] = {"status": status, "path": _bounded(path), "reason": reason}
        if count:
            details["more_before"] = count
        self._refusals.append(_entry(who, address, "refused", details))

    def latest(self) -> list[dict[str, Any]]:
        """The last events and refusals, newest first."""
        found = [*self._events.last(), *self._refusals.last()]
        found.sort(key=lambda entry: str(entry.get("at")), reverse=True)
        return found[:MAX_SHOWN]


def _entry(
    who: Principal | None, address: str, action: str, details: dict[str, Any]
) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "who": who.name if who else "",
        "role": who.role if who else "",
        "address": address,
        "action": action,
        "details": {
            name: _bounded(value) if isinstance(value, str) else value
            for name, value in details.items()
        },
    }


def _bounded(text: str) -> str:
    plain = text.encode("utf-8", "replace").decode()
    return plain[:MAX_TEXT_CHARACTERS]


class _RotatedFile:
    """JSON lines, readable by their owner only; numbered files hold what was before."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def append(self, entry: dict[str, Any]) -> None:
        """Add an entry and wait until it is on disk."""
        line = orjson.dumps(entry) + b"\n"
        with self._lock:
            self._rotate(len(line))
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as lines:
                lines.write(line)
                lines.flush()
                os.fsync(lines.fileno())

    def _rotate(self, coming: int) -> None:
        if not self._file.exists() or self._file.stat().st_size + coming <= MAX_FILE_BYTES:
            return
        for number in range(KEPT_FILES, 0, -1):
            newer = self._numbered(number - 1)
            if newer.exists():
                newer.replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self._file.with_name(f"{self._file.name}.{number}") if number else self._file

    def last(self) -> list[dict[str, Any]]:
        """The last entries, newest first."""
        found: list[dict[str, Any]] = []
        for number in range(KEPT_FILES + 1):
            file = self._numbered(number)
            if len(found) >= MAX_SHOWN or not file.exists():
                break
            with file.open("rb") as lines:
                kept = deque(lines, maxlen=MAX_SHOWN)
            found += filter(None, map(_parsed, islice(reversed(kept), MAX_SHOWN)))
        return found[:MAX_SHOWN]


def _parsed(line: bytes) -> dict[str, Any] | None:
    """An entry, or None for a line truncated by a crash."""
    try:
        entry: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return entry
