"""How far a stage has come in its input, and what it has sent on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import numpy as np
import orjson

from detection_stream.errors import DataDirectoryError
from detection_stream.model.batch import IntColumn

STATE_VERSION = 3
"""Version of the state format; others are refused."""

MAX_WATERMARK_STEP = 86_400
"""Seconds by which one row may move the watermark, so that one absurd date expires nothing."""


@dataclass
class Progress:
    """The part of a stage's state that is not in tables; one record, written by a checkpoint.

    ``applied`` is the last input offset applied (-1 for none). ``marks`` holds, for each sender,
    the last of its input offsets whose rows were taken. ``sent`` holds the last ``to`` sent to
    each target partition. ``watermark`` is the time that the stage has reached (seconds since
    1970), which decides what has expired. ``counts`` are totals for people.
    """

    applied: int = -1
    marks: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    watermark: int = 0
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
            self.watermark,
            dict(self.counts),
            self.version,
        )

    def count(self, name: str, amount: int = 1) -> None:
        """Add to a total."""
        self.counts[name] = self.counts.get(name, 0) + amount

    def advance(self, seconds: IntColumn) -> IntColumn:
        """Move the watermark over rows at these times; returns its value at each row.

        A row can move it forward by at most one day, and never back.
        """
        if len(seconds) == 0:
            return seconds
        start = self.watermark
        if start == 0:
            # Directory entries have no time; the first message sets the watermark.
            timed = seconds[seconds > 0]
            start = int(timed[0]) if len(timed) else 0
        if int(seconds.max()) <= start + MAX_WATERMARK_STEP:
            marks = np.maximum(np.maximum.accumulate(seconds), start)
        else:
            stepped = []
            for second in seconds.tolist():
                start = max(start, min(second, start + MAX_WATERMARK_STEP))
                stepped.append(start)
            marks = np.array(stepped, dtype=np.int64)
        self.watermark = int(marks[-1])
        return marks
