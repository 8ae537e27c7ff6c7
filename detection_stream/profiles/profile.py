"""What all kinds of profile share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import Rows
from detection_stream.profiles.row import Records, RowType

COMMON_FIELDS: tuple[tuple[Any, ...], ...] = (
    ("touched", "i8"),
    ("first_seen", "i8"),
    ("last_seen", "i8"),
    ("count", "u4"),
)
"""``touched`` is the latest time of any change, ``first_seen``, ``last_seen`` and ``count`` are of
the entity's own acts (a sender's messages, a domain's mail). Seconds since 1970."""


@dataclass(frozen=True)
class Profile:
    """One kind of entity: its row, how long a silent one is kept, and how it learns.

    ``update`` changes rows in place, one observation each; no entity is named twice in a call.
    """

    kind: str
    row: RowType
    keep_days: int
    update: Callable[[Records, Rows], None]

    def expire(self, rows: Records, watermark: NDArray[np.int64]) -> None:
        """Blank rows that were silent too long as of the reading row's watermark (seconds)."""
        gone = (rows["touched"] != 0) & (rows["touched"] < watermark - self._keep_seconds)
        if gone.any():
            rows[gone] = self.row.empty(1)[0]

    def expired(self, stored: list[bytes], watermark: int) -> NDArray[np.bool_]:
        """Which stored rows are blank to every read from this watermark (seconds) on."""
        touched = self.row.decode(stored)["touched"]
        gone: NDArray[np.bool_] = (touched != 0) & (touched < watermark - self._keep_seconds)
        return gone

    @property
    def _keep_seconds(self) -> int:
        return self.keep_days * 86_400


def touch(rows: Records, seconds: NDArray[np.int64]) -> None:
    """Note that the rows changed."""
    rows["touched"] = np.maximum(rows["touched"], seconds)


def count_act(rows: Records, seconds: NDArray[np.int64]) -> None:
    """Count one act of each entity: count, first and last seen."""
    first = rows["count"] == 0
    rows["first_seen"] = np.where(first, seconds, np.minimum(rows["first_seen"], seconds))
    rows["last_seen"] = np.where(first, seconds, np.maximum(rows["last_seen"], seconds))
    rows["count"] += 1


def note_authentication(
    rows: Records,
    seconds: NDArray[np.int64],
    authenticated: NDArray[np.float64],
    passed: Any,
    failed: Any,
) -> None:
    """Count a pass or a fail in the two decayed counts; NaN counts as neither."""
    passed.add(rows, seconds, np.where(authenticated == 1, 1.0, 0.0))
    failed.add(rows, seconds, np.where(authenticated == 0, 1.0, 0.0))
