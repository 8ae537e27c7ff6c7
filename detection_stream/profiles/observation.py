"""Observations: one thing seen about one entity in one message, and their named fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import IntColumn, Rows
from detection_stream.model.origin import ORIGIN_COLUMNS, ORIGIN_WORDS, message_numbers
from detection_stream.profiles.records import Records


class ObservedField(NamedTuple):
    """A column of observations: its type (a float may be NaN) and meaning."""

    type: type
    words: str


COMMON: dict[str, ObservedField] = {
    "tenant": ObservedField(str, "the organisation"),
    "role": ObservedField(str, "role of the entity in the message"),
    "value": ObservedField(str, "name of the entity within its tenant and kind"),
    **{name: ObservedField(kind, ORIGIN_WORDS[name]) for name, kind in ORIGIN_COLUMNS.items()},
    "at": ObservedField(int, "received_at of the message (milliseconds since 1970)"),
}
"""The columns of every observation; ``update`` also gets ``seconds``, the time in seconds."""

FIELDS: dict[str, ObservedField] = {
    "proof": ObservedField(int, "2 proven sender, 1 only claimed, 0 nothing is learnt from it"),
    "by_hand": ObservedField(int, "1 if a person of the organisation wrote the message"),
    "internal": ObservedField(int, "1 if the entity itself is inside the organisation"),
    "recipient": ObservedField(int, "hash of the first recipient's address, 0 for none"),
    "address": ObservedField(int, "hash of the sender's (or person's) address, 0 for none"),
    "domain": ObservedField(int, "hash of a registrable domain, 0 for none"),
    "display_name": ObservedField(int, "hash of the sender's display name, 0 for none"),
    "side": ObservedField(int, "side of the pair that wrote, 0 or 1"),
    "vip": ObservedField(int, "1 for a VIP in the directory"),
    "finance": ObservedField(int, "1 for a person who handles money or salaries"),
    "authenticated": ObservedField(float, "1 proven, 0 failed, NaN without a result"),
}
"""The named fields that observations can have besides the common columns.

Hashes are below 2**53. A field that a type of observation does not use is 0 (NaN for floats).
"""

Advance = Callable[[Sequence[str], IntColumn, IntColumn], IntColumn]
"""Moves the clocks of tenants: tenants, messages and seconds of rows to the clock at each."""


def timed(rows: Rows, advance: Advance) -> Rows:
    """Observations with their time and the clock of their tenant at each (seconds)."""
    seconds = rows["at"] // 1_000
    clock = advance(rows["tenant"], message_numbers(rows), seconds)
    return Rows(len(rows), {**rows.columns, "seconds": seconds, "clock": clock})


Learn = Callable[[Records, Rows], None]
"""Changes rows in place by one observation each; no entity occurs twice in a call."""


def learn_where(learn: Learn, rows: Records, seen: Rows, where: NDArray[np.bool_]) -> None:
    """Let the rows ``where`` it is true learn from their observations; the others stay."""
    chosen = np.flatnonzero(where)
    if len(chosen) == len(rows):
        learn(rows, seen)
    elif len(chosen):
        part = rows[chosen]
        learn(part, seen.take(chosen))
        rows[chosen] = part


@dataclass(frozen=True)
class ObservationType:
    """A role of an entity in a message, and what its profile learns from it.

    ``role`` is its name, ``fields`` are its fields. With ``signals``, each observation is answered
    with a row of signals, and the role is a level of signals; without, it only updates the profile.
    """

    role: str
    words: str
    fields: tuple[str, ...]
    learn: Learn
    signals: bool = True
