"""How far a stage has come in its input, and what it has sent on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import orjson

from detection_stream.errors import DataDirectoryError
from detection_stream.model.batch import IntColumn

STATE_VERSION = 4
"""Version of the state format; others are refused."""

MAX_CLOCK_STEP = 86_400
"""Seconds by which one message may move its tenant's clock, so that absurd dates expire little."""


@dataclass
class Progress:
    """The part of a stage's state that is not in tables; one record, written by a checkpoint.

    ``applied`` is the last input offset applied (-1 for none). ``marks`` holds, for each sender,
    the last of its input offsets whose rows were taken. ``sent`` holds the last ``to`` sent to
    each target partition. ``clocks`` holds, for each tenant, the time that it has reached (seconds
    since 1970), which decides what of it has expired, and the message that moved it there.
    ``counts`` are totals for people.
    """

    applied: int = -1
    marks: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    clocks: dict[str, tuple[int, int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    version: int = STATE_VERSION

    def encode(self) -> bytes:
        """The record as stored."""
        return orjson.dumps(asdict(self))

    @classmethod
    def decode(cls, data: bytes | None) -> Progress:
        """The record from what was stored; new from None.

        Raises:
            DataDirectoryError: it has another version.
        """
        if data is None:
            return cls()
        progress = cls(**orjson.loads(data))
        progress.clocks = {tenant: (at, last) for tenant, (at, last) in progress.clocks.items()}
        if progress.version != STATE_VERSION:
            raise DataDirectoryError(
                f"the state has version {progress.version}, this release needs version "
                f"{STATE_VERSION}; use the release that wrote it or a new data directory"
            )
        return progress

    def copy(self) -> Progress:
        """A copy to change."""
        return Progress(
            self.applied,
            dict(self.marks),
            dict(self.sent),
            dict(self.clocks),
            dict(self.counts),
            self.version,
        )

    def count(self, name: str, amount: int = 1) -> None:
        """Add to a total."""
        self.counts[name] = self.counts.get(name, 0) + amount

    @property
    def watermark(self) -> int:
        """The time that any tenant has reached (seconds since 1970, 0 for none)."""
        return max((at for at, _ in self.clocks.values()), default=0)

    def clock(self, tenant: str) -> int:
        """The time that a tenant has reached (seconds since 1970, 0 for none)."""
        return self.clocks.get(tenant, (0, -1))[0]

    def advance(self, tenants: Sequence[str], messages: IntColumn, seconds: IntColumn) -> IntColumn:
        """Move the clocks over rows of these tenants and times; returns each row's clock there.

        ``messages`` numbers the message of each row. A message can move its tenant's clock forward
        by at most one day, however many rows it has, and never back.
        """
        if len(seconds) == 0:
            return seconds
        if len(set(tenants)) == 1:
            return self._advance(tenants[0], messages, seconds)
        marks = np.empty(len(seconds), dtype=np.int64)
        for tenant, rows in _by_tenant(tenants).items():
            marks[rows] = self._advance(tenant, messages[rows], seconds[rows])
        return marks

    def _advance(self, tenant: str, messages: IntColumn, seconds: IntColumn) -> IntColumn:
        start, last = self.clocks.get(tenant, (0, -1))
        if start == 0:
            # Directory entries have no time; the first message sets the clock.
            timed = seconds[seconds > 0]
            start = int(timed[0]) if len(timed) else 0
        if int(seconds.max()) <= start + MAX_CLOCK_STEP:
            marks = np.maximum(np.maximum.accumulate(seconds), start)
            last = int(messages[-1])
        else:
            stepped = []
            for message, second in zip(messages.tolist(), seconds.tolist(), strict=True):
                if message != last:
                    start = max(start, min(second, start + MAX_CLOCK_STEP))
                stepped.append(start)
                last = message
            marks = np.array(stepped, dtype=np.int64)
        self.clocks[tenant] = int(marks[-1]), last
        return marks


def _by_tenant(tenants: Sequence[str]) -> dict[str, IntColumn]:
    found: dict[str, list[int]] = {}
    for row, tenant in enumerate(tenants):
        found.setdefault(tenant, []).append(row)
    return {tenant: np.array(rows, dtype=np.int64) for tenant, rows in found.items()}
