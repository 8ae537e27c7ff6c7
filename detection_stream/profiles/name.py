"""A display name, and the addresses that go by it."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.model.observation import ROLE_CODES
from detection_stream.profiles.profile import COMMON_FIELDS, Profile, count_act, touch
from detection_stream.profiles.recent import Recent
from detection_stream.profiles.row import Records, RowType

ADDRESSES = Recent("addresses", 8)
INTERNAL_ADDRESSES = Recent("internal_addresses", 4)

ROW = RowType(
    version=1,
    fields=(
        *COMMON_FIELDS,
        *ADDRESSES.fields(),
        *INTERNAL_ADDRESSES.fields(),
        ("internal_count", "u4"),
        ("person", "u1"),
        ("vip", "u1"),
    ),
)


def update(rows: Records, seen: Rows) -> None:
    """Learn who uses the name; people of the directory own theirs from the start."""
    touch(rows, seen["seconds"])
    listed = seen["role"] == ROLE_CODES["person_name"]
    rows["person"] |= listed.astype(np.uint8)
    rows["vip"] |= (listed & (seen["vip"] == 1)).astype(np.uint8)
    inside = seen["internal"] == 1
    rows["internal_count"] += (inside & ~listed).astype(np.uint32)
    INTERNAL_ADDRESSES.add(rows, np.where(inside, seen["member"], 0))
    ADDRESSES.add(rows, np.where(listed, 0, seen["member"]))
    chosen = np.flatnonzero(~listed)
    part = rows[chosen]
    count_act(part, seen["seconds"][chosen])
    rows[chosen] = part


PROFILE = Profile("name", ROW, keep_days=400, update=update)
