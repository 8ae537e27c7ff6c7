"""Profile of a display name and the addresses that use it."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.ownership import CLAIMED, PROVEN
from detection_stream.profiles.plain import Count, Flag
from detection_stream.profiles.recent import Recent, RecentSince
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType

ADDRESSES = RecentSince(
    "addresses", "different addresses that use the name with proof (8 at most)", 8, "addresses"
)
CLAIMED_ADDRESSES = RecentSince(
    "claimed_addresses", "addresses that use it without proof (4 at most)", 4, "addresses"
)
INTERNAL_ADDRESSES = Recent(
    "internal_addresses", "addresses of the organisation that use it (4 at most)", 4, "addresses"
)

ROW = RowType(
    version=2,
    blocks=(
        *COMMON_BLOCKS,
        ADDRESSES,
        CLAIMED_ADDRESSES,
        INTERNAL_ADDRESSES,
        Count("internal_count", "uses from inside the organisation"),
        Flag("person", "in the directory"),
        Flag("vip", "a VIP"),
    ),
)


def _name(rows: Records, seen: Rows) -> None:
    inside = seen["internal"] == 1
    rows["internal_count"] += inside.astype(np.uint32)
    INTERNAL_ADDRESSES.add(rows, np.where(inside, seen["address"], 0))
    proven = seen["proof"] == PROVEN
    seconds, claimed = seen["seconds"], seen["proof"] == CLAIMED
    ADDRESSES.add_at(rows, np.where(proven, seen["address"], 0), seconds)
    CLAIMED_ADDRESSES.add_at(rows, np.where(claimed, seen["address"], 0), seconds)
    count_act(rows, seen["seconds"])


def _person_name(rows: Records, seen: Rows) -> None:
    rows["person"] = 1
    rows["vip"] |= (seen["vip"] == 1).astype(np.uint8)
    INTERNAL_ADDRESSES.add(rows, seen["address"])


KIND = Kind(
    "name",
    entity="a display name",
    text="which addresses use a display name",
    row=ROW,
    keep_days=400,
    observations=(
        ObservationType(
            "name", "the display name in From", ("proof", "internal", "address"), _name
        ),
        ObservationType(
            "person_name",
            "the name of a person in the directory, who owns it from the start",
            ("address", "vip"),
            _person_name,
            signals=False,
        ),
    ),
)
