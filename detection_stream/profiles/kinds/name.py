"""Profile of a display name and the addresses that use it."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.plain import Count, Flag
from detection_stream.profiles.recent import Recent
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType

ADDRESSES = Recent("addresses", "different addresses that use the name (8 at most)", 8, "addresses")
INTERNAL_ADDRESSES = Recent(
    "internal_addresses", "addresses of the organisation that use it (4 at most)", 4, "addresses"
)

ROW = RowType(
    version=1,
    blocks=(
        *COMMON_BLOCKS,
        ADDRESSES,
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
    ADDRESSES.add(rows, seen["address"])
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
        ObservationType("name", "the display name in From", ("internal", "address"), _name),
        ObservationType(
            "person_name",
            "the name of a person in the directory, who owns it from the start",
            ("address", "vip"),
            _person_name,
            signals=False,
        ),
    ),
)
