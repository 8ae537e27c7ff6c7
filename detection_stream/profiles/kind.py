"""A kind of profile: what is remembered of one kind of entity, from what, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import Rows
from detection_stream.profiles.block import Block, FieldValue
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.plain import Count, Time
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType

SECONDS_A_DAY = 86_400

COMMON_BLOCKS: tuple[Block, ...] = (
    Time("touched", "last change of this row", listed=False),
    Time("first_seen", "first message"),
    Time("last_seen", "last message"),
    Count("count", "messages"),
)
"""``touched`` is the latest time of any change; the others are those of the entity's own events (a
sender's messages, a domain's mail)."""


@dataclass(frozen=True)
class Kind:
    """One kind of entity and everything about its profiles.

    ``name`` is that of its table. ``entity`` and ``text`` describe to users what a row is about and
    what it contains. A row expires after ``keep_days`` without a change. ``related`` returns the
    kind and value of related entities.
    """

    name: str
    entity: str
    text: str
    row: RowType
    keep_days: int
    observations: tuple[ObservationType, ...]
    related: Callable[[str], list[tuple[str, str]]] = lambda _: []

    @cached_property
    def codes(self) -> dict[str, int]:
        """The code of each role in ``update``."""
        return {observed.role: code for code, observed in enumerate(self.observations)}

    def update(self, rows: Records, seen: Rows) -> None:
        """Learn in place from one observation per row; no entity occurs twice in a call.

        The column ``role`` of ``seen`` holds ``codes``.
        """
        seconds = seen["seconds"]
        rows["touched"] = np.maximum(rows["touched"], seconds)
        for code, observed in enumerate(self.observations):
            chosen = np.flatnonzero(seen["role"] == code)
            if len(chosen) == len(rows):
                observed.learn(rows, seen)
            elif len(chosen):
                part = rows[chosen]
                observed.learn(part, seen.take(chosen))
                rows[chosen] = part

    def expire(self, rows: Records, watermark: NDArray[np.int64]) -> None:
        """Blank rows that are expired at the reading row's watermark (seconds)."""
        gone = (rows["touched"] != 0) & (rows["touched"] < watermark - self._keep_seconds)
        if gone.any():
            rows[gone] = self.row.empty(1)[0]

    def expired(self, stored: list[bytes], watermark: int) -> NDArray[np.bool_]:
        """Which stored rows every read from this watermark (seconds) sees as blank."""
        touched = self.row.decode(stored)["touched"]
        gone: NDArray[np.bool_] = (touched != 0) & (touched < watermark - self._keep_seconds)
        return gone

    @property
    def _keep_seconds(self) -> int:
        return self.keep_days * SECONDS_A_DAY

    def describe(self, stored: bytes, at: int) -> list[FieldValue]:
        """The value of each block of a stored row as of ``at`` (seconds since 1970)."""
        row = self.row.decode([stored])
        return [block.describe(row, at) for block in self.row.blocks]


def count_act(rows: Records, seconds: NDArray[np.int64]) -> None:
    """Count one event per entity: count, first and last seen."""
    first = rows["count"] == 0
    rows["first_seen"] = np.where(first, seconds, np.minimum(rows["first_seen"], seconds))
    rows["last_seen"] = np.where(first, seconds, np.maximum(rows["last_seen"], seconds))
    rows["count"] += 1
