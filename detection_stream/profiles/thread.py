"""A Message-ID that the organisation has seen, so that replies to it are known."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.model.observation import ROLE_CODES
from detection_stream.profiles.profile import COMMON_FIELDS, Profile, count_act, touch
from detection_stream.profiles.row import Records, RowType

ROW = RowType(version=1, fields=(*COMMON_FIELDS, ("internal", "u1"), ("replies", "u4")))


def update(rows: Records, seen: Rows) -> None:
    """Remember who wrote the message, or count a reply to it."""
    touch(rows, seen["seconds"])
    written = seen["role"] == ROLE_CODES["written"]
    rows["replies"] += (~written).astype(np.uint32)
    rows["internal"] |= (written & (seen["internal"] == 1)).astype(np.uint8)
    chosen = np.flatnonzero(written)
    part = rows[chosen]
    count_act(part, seen["seconds"][chosen])
    rows[chosen] = part


PROFILE = Profile("thread", ROW, keep_days=90, update=update)
