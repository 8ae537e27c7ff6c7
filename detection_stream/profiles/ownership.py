"""Whose history a profile is: that of the sender who has proven the name.

What is sent under a name without proof is a claim. Claims teach a profile only as long as nobody
has ever proven its name; after that they are counted apart, and read only their own count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import Rows
from detection_stream.profiles.block import Block
from detection_stream.profiles.observation import Learn, learn_where
from detection_stream.profiles.plain import Count, Time, count_since
from detection_stream.profiles.records import Records

NOT_LEARNT, CLAIMED, PROVEN = 0, 1, 2
"""Values of the observation's field ``proof``; nothing but a count is learnt from the first."""

OWNERSHIP_BLOCKS: tuple[Block, ...] = (
    Count("proven", "messages whose sender was proven"),
    Count("claimed", "messages under its name without proof, kept apart"),
    Time("claimed_first", "first message under its name without proof", listed=False),
    Time("claimed_last", "last message under its name without proof", listed=False),
)

_CLAIM_FIELDS = (
    ("count", "claimed"),
    ("first_seen", "claimed_first"),
    ("last_seen", "claimed_last"),
)


def is_owner(proof: NDArray[np.int64], proven: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each is the owner of a history with so many ``proven`` messages, as far as known."""
    mine: NDArray[np.bool_] = (proof == PROVEN) | ((proof == CLAIMED) & (proven == 0))
    return mine


def owns(rows: Records, seen: Rows) -> NDArray[np.bool_]:
    """Which observations are by the one whose history the row is, as far as anyone knows."""
    return is_owner(seen["proof"], rows["proven"])


def by_owner(learn: Learn) -> Learn:
    """``learn``, but only from owners; claims of others are counted apart."""

    def learn_from_owner(rows: Records, seen: Rows) -> None:
        mine = owns(rows, seen)
        rows["proven"] += (seen["proof"] == PROVEN).astype(np.uint32)
        if not mine.all():
            _count_claims(rows, seen["seconds"], ~mine)
        learn_where(learn, rows, seen, mine)

    return learn_from_owner


def _count_claims(rows: Records, seconds: NDArray[np.int64], claims: NDArray[np.bool_]) -> None:
    later = claims & ((rows["claimed"] == 0) | (seconds > rows["claimed_last"]))
    rows["claimed_last"] = np.where(later, seconds, rows["claimed_last"])
    count_since(rows, "claimed", "claimed_first", seconds, claims)


def hidden_from(rows: Records, claims: NDArray[np.bool_], kept: frozenset[str]) -> Records:
    """Rows as a claim may see them: only its own count and the fields ``kept``.

    Rows where ``claims`` is false stay whole.
    """
    chosen = np.flatnonzero(claims)
    if not len(chosen):
        return rows
    part = np.zeros(len(chosen), dtype=rows.dtype)
    for name in kept | {"version"}:
        part[name] = rows[name][chosen]
    for name, own in _CLAIM_FIELDS:
        if own in (rows.dtype.names or ()):
            part[name] = rows[own][chosen]
    visible = rows.copy()
    visible[chosen] = part
    return visible
