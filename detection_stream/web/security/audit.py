"""The audit log: what was changed through the web view, by whom, and from where."""

from __future__ import annotations

import os
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from detection_stream.web.security.access import Principal

NAME = "web-audit.jsonl"
MAX_SHOWN = 200


class AuditLog:
    """One line per change, flushed to disk before the response is sent."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, who: Principal, address: str, action: str, details: dict[str, Any]) -> None:
        """Record a change."""
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": who.name,
            "role": who.role,
            "address": address,
            "action": action,
            "details": details,
        }
        with self._file.open("ab") as lines:
            lines.write(orjson.dumps(entry) + b"\n")
            lines.flush()
            os.fsync(lines.fileno())

    def latest(self) -> list[dict[str, Any]]:
        """The last changes, newest first."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as lines:
            kept = deque(lines, maxlen=MAX_SHOWN)
        return [entry for line in reversed(kept) if (entry := _entry(line)) is not None]


def _entry(line: bytes) -> dict[str, Any] | None:
    """An entry, or None for a line truncated by a crash."""
    try:
        entry: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return entry
