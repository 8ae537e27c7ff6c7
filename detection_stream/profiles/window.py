"""Rolling counts in rings of time buckets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection_stream.profiles.block import Bucket, FieldValue, NumpyField, Unit, described
from detection_stream.profiles.records import Records

MAX_BUCKET_COUNT = 65_535
"""A bucket's count saturates here (16 bits)."""


@dataclass(frozen=True)
class Window:
    """A rolling count over ``buckets`` buckets of ``seconds`` each.

    A row that steps back in time is counted in its own bucket while the ring still holds it,
    and not at all once the ring has moved on. A count is read as of a time: later buckets
    are ignored.
    """

    name: str
    words: str
    buckets: int
    seconds: int
    unit: Unit = "messages"
    listed: bool = False

    def fields(self) -> tuple[NumpyField, ...]:
        """Its fields."""
        return ((f"{self.name}_head", "i4"), (self.name, "u2", (self.buckets,)))

    def add(self, rows: Records, seconds: NDArray[np.int64]) -> None:
        """Count one event at ``seconds`` (since 1970) in each row."""
        bucket = seconds // self.seconds
        head = rows[f"{self.name}_head"].astype(np.int64)
        counts = rows[self.name]
        forward = bucket > head
        if forward.any():
            moved = np.where(forward, bucket, head)
            stale = self._bucket_of_slots(head) != self._bucket_of_slots(moved)
            counts[stale] = 0
            rows[f"{self.name}_head"] = moved
            head = moved
        inside = np.flatnonzero(bucket > head - self.buckets)
        slots = bucket[inside] % self.buckets
        current = counts[inside, slots]
        counts[inside, slots] = current + (current < MAX_BUCKET_COUNT)

    def count(self, rows: Records, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Events in the window ending at ``seconds``, one number per row."""
        bucket = (seconds // self.seconds)[:, None]
        held = self._bucket_of_slots(rows[f"{self.name}_head"].astype(np.int64))
        inside = (held <= bucket) & (held > bucket - self.buckets)
        total: NDArray[np.int64] = (rows[self.name] * inside).sum(axis=1, dtype=np.int64)
        return total.astype(np.float64)

    def describe(self, row: Records, at: int) -> FieldValue:
        """The count, and that of each bucket."""
        head, counts, now = int(row[f"{self.name}_head"][0]), row[self.name][0], at // self.seconds
        buckets = []
        for bucket in range(now - self.buckets + 1, now + 1):
            inside = head - self.buckets < bucket <= head
            found = int(counts[bucket % self.buckets]) if inside else 0
            buckets.append(Bucket(bucket * self.seconds * 1_000, found))
        total = float(self.count(row, np.array([at], dtype=np.int64))[0])
        return described(self, "window", total, buckets=buckets)

    def _bucket_of_slots(self, head: NDArray[np.int64]) -> NDArray[np.int64]:
        slots = np.arange(self.buckets)
        return head[:, None] - (head[:, None] - slots) % self.buckets


def hour(name: str, words: str) -> Window:
    """The last hour, in steps of ten minutes."""
    return Window(f"{name}_hour", f"{words} in the last hour", buckets=6, seconds=600)


def day(name: str, words: str) -> Window:
    """The last day, in steps of an hour."""
    return Window(f"{name}_day", f"{words} in the last day", buckets=24, seconds=3_600)


def month(name: str, words: str) -> Window:
    """The last 30 days, in steps of a day."""
    return Window(f"{name}_month", f"{words} in the last 30 days", buckets=30, seconds=86_400)
