"""A kind of profile: what is remembered of one kind of entity, from what, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import Rows
from detection_stream.profiles.block import Block, FieldValue
from detection_stream.profiles.observation import ObservationType, learn_where
from detection_stream.profiles.ownership import hidden_from
from detection_stream.profiles.plain import Count, Time
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType

SECONDS_A_DAY = 86_400
MAX_DAYS_AHEAD = 366
"""Days by which an observation may be ahead of its tenant's clock and still teach."""

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
    kind and value of related entities. With ``owner``, which says which observations are by the one
    whose history a row is, others do not see it, except the blocks ``kept_for_claims``.
    """

    name: str
    entity: str
    text: str
    row: RowType
    keep_days: int
    observations: tuple[ObservationType, ...]
    related: Callable[[str], list[tuple[str, str]]] = lambda _: []
    kept_for_claims: tuple[Block, ...] = ()
    owner: Callable[[Records, Rows], NDArray[np.bool_]] | None = None

    @cached_property
    def codes(self) -> dict[str, int]:
        """The code of each role in ``update``."""
        return {observed.role: code for code, observed in enumerate(self.observations)}

    def update(self, rows: Records, seen: Rows) -> None:
        """Learn in place from one observation per row; no entity occurs twice in a call.

        The column ``role`` of ``seen`` holds ``codes``.
        """
        learn_where(self._update, rows, seen, self._is_timely(seen))

    def _is_timely(self, seen: Rows) -> NDArray[np.bool_]:
        """Whether each observation is of about its tenant's time; others teach nothing."""
        seconds, clock = seen["seconds"], seen["clock"]
        timely: NDArray[np.bool_] = (seconds == 0) | (
            (seconds <= clock + MAX_DAYS_AHEAD * SECONDS_A_DAY)
            & (seconds >= clock - self._keep_seconds)
        )
        return timely

    def _update(self, rows: Records, seen: Rows) -> None:
        rows["touched"] = np.maximum(rows["touched"], seen["seconds"])
        for code, observed in enumerate(self.observations):
            learn_where(observed.learn, rows, seen, seen["role"] == code)

    def as_seen_by(self, rows: Records, seen: Rows) -> Records:
        """The history that the message of each observation may count on."""
        if self.owner is None:
            return rows
        return hidden_from(rows, ~self.owner(rows, seen), self._kept_fields)

    @cached_property
    def _kept_fields(self) -> frozenset[str]:
        return frozenset(field[0] for block in self.kept_for_claims for field in block.fields())

    def expire(self, rows: Records, clock: NDArray[np.int64]) -> None:
        """Blank rows that are expired at the clock of the reading row's tenant (seconds)."""
        gone = (rows["touched"] != 0) & (rows["touched"] < clock - self._keep_seconds)
        if gone.any():
            rows[gone] = self.row.empty(1)[0]

    def expired(self, stored: list[bytes], clock: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which stored rows every read from their tenants' clocks (seconds) on sees as blank."""
        touched = self.row.decode(stored)["touched"]
        gone: NDArray[np.bool_] = (touched != 0) & (touched < clock - self._keep_seconds)
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
