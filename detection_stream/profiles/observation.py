"""Observations: one thing seen about one entity in one message, and their named fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from detection_stream.model.batch import Rows
from detection_stream.model.origin import ORIGIN_COLUMNS, ORIGIN_WORDS
from detection_stream.profiles.records import Records


class ObservedField(NamedTuple):
    """A column of observations: its type (a float may be NaN), and what it holds."""

    type: type
    words: str


COMMON: dict[str, ObservedField] = {
    "tenant": ObservedField(str, "the organisation"),
    "role": ObservedField(str, "what the entity is to the message"),
    "value": ObservedField(str, "name of the entity within its tenant and kind"),
    **{name: ObservedField(kind, ORIGIN_WORDS[name]) for name, kind in ORIGIN_COLUMNS.items()},
    "at": ObservedField(int, "received_at of the message (milliseconds since 1970)"),
}
"""The columns of every observation; who learns also gets ``seconds``, the same in seconds."""

FIELDS: dict[str, ObservedField] = {
    "external": ObservedField(int, "1 when the sender is outside of the organisation"),
    "internal": ObservedField(int, "1 when the entity itself is inside the organisation"),
    "recipient": ObservedField(int, "hash of the first recipient's address, 0 for none"),
    "address": ObservedField(int, "hash of the sender's (or person's) address, 0 for none"),
    "display_name": ObservedField(int, "hash of the sender's display name, 0 for none"),
    "side": ObservedField(int, "which of a pair wrote, 0 or 1"),
    "vip": ObservedField(int, "1 for a VIP of the directory"),
    "finance": ObservedField(int, "1 for a person who moves money or salaries"),
    "authenticated": ObservedField(float, "1 proven, 0 failed, NaN when the mail says nothing"),
}
"""The named fields that observations can have beside the common columns.

Hashes are below 2**53. A row that a kind of observation does not use is 0 (NaN for floats).
"""

Learn = Callable[[Records, Rows], None]
"""Changes rows in place by one observation each; no entity is named twice in a call."""


@dataclass(frozen=True)
class ObservationType:
    """What an entity can be to a message, and what its profile learns from that.

    ``role`` is its name, ``fields`` those that it has. One with ``signals`` sends a row of signals
    back for each observation, and its role is a level of signals; one without only teaches.
    """

    role: str
    words: str
    fields: tuple[str, ...]
    learn: Learn
    signals: bool = True
