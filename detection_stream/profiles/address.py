"""An address, as sender and as recipient."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.model.observation import ROLE_CODES
from detection_stream.profiles import histogram, window
from detection_stream.profiles.decay import DecayedCount
from detection_stream.profiles.profile import (
    COMMON_FIELDS,
    Profile,
    count_act,
    note_authentication,
    touch,
)
from detection_stream.profiles.recent import Recent
from detection_stream.profiles.row import Records, RowType
from detection_stream.profiles.sketch import Distinct

SENT_HOUR = window.hour("sent")
SENT_DAY = window.day("sent")
SENT_MONTH = window.month("sent")
RECEIVED_HOUR = window.hour("received")
RECEIVED_MONTH = window.month("received")
RECIPIENTS = Distinct("recipients")
NAMES = Recent("names", 4)
AUTHENTICATED = DecayedCount("authenticated", half_life_days=60)
FAILED = DecayedCount("failed", half_life_days=60)

ROW = RowType(
    version=1,
    fields=(
        *COMMON_FIELDS,
        *SENT_HOUR.fields(),
        *SENT_DAY.fields(),
        *SENT_MONTH.fields(),
        *histogram.FIELDS,
        *RECIPIENTS.fields(),
        *NAMES.fields(),
        *AUTHENTICATED.fields(),
        *FAILED.fields(),
        ("received", "u4"),
        *RECEIVED_HOUR.fields(),
        *RECEIVED_MONTH.fields(),
        ("written_to", "u4"),
        ("person", "u1"),
        ("vip", "u1"),
        ("finance", "u1"),
    ),
)


def update(rows: Records, seen: Rows) -> None:
    """Learn from one observation an address; ``written_to`` counts mail from the organisation."""
    touch(rows, seen["seconds"])
    for role, learn in _LEARN.items():
        chosen = np.flatnonzero(seen["role"] == ROLE_CODES[role])
        if len(chosen) == len(rows):
            learn(rows, seen)
        elif len(chosen):
            part = rows[chosen]
            learn(part, seen.take(chosen))
            rows[chosen] = part


def _sender(rows: Records, seen: Rows) -> None:
    seconds = seen["seconds"]
    count_act(rows, seconds)
    for ring in (SENT_HOUR, SENT_DAY, SENT_MONTH):
        ring.add(rows, seconds)
    histogram.add_hour(rows, seconds)
    RECIPIENTS.add(rows, seen["member"])
    NAMES.add(rows, seen["name"])
    note_authentication(rows, seconds, seen["authenticated"], AUTHENTICATED, FAILED)


def _recipient(rows: Records, seen: Rows) -> None:
    rows["received"] += 1
    RECEIVED_HOUR.add(rows, seen["seconds"])
    RECEIVED_MONTH.add(rows, seen["seconds"])
    rows["written_to"] += (seen["external"] == 0).astype(np.uint32)


def _person(rows: Records, seen: Rows) -> None:
    rows["person"] = 1
    rows["vip"] = seen["vip"]
    rows["finance"] = seen["finance"]


_LEARN = {"sender": _sender, "recipient": _recipient, "person": _person}

PROFILE = Profile("address", ROW, keep_days=400, update=update)
