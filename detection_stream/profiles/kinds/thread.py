"""Profile of a Message-ID, to recognise replies to it."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.plain import Count, Flag
from detection_stream.profiles.recent import Recent
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType

ADDRESSED = Recent(
    "addressed", "addresses and domains outside that it was sent to (16 at most)", 16, "addresses"
)

ROW = RowType(
    version=2,
    blocks=(
        *COMMON_BLOCKS,
        Flag("by_hand", "written by a person of the organisation"),
        Count("copies", "messages seen with this Message-ID"),
        Count("replies", "replies seen"),
        ADDRESSED,
    ),
)


def _copy(rows: Records, seen: Rows) -> None:
    rows["copies"] += 1


def _addressed(rows: Records, seen: Rows) -> None:
    ADDRESSED.add(rows, seen["address"])
    ADDRESSED.add(rows, seen["domain"])


def _thread(rows: Records, seen: Rows) -> None:
    rows["replies"] += 1


def _written(rows: Records, seen: Rows) -> None:
    rows["by_hand"] |= (seen["by_hand"] == 1).astype(np.uint8)
    count_act(rows, seen["seconds"])


KIND = Kind(
    "thread",
    entity="a Message-ID",
    text="messages, to recognise replies",
    row=ROW,
    keep_days=90,
    observations=(
        ObservationType("copy", "the Message-ID of a message", (), _copy),
        ObservationType(
            "thread", "the message that this one replies to", ("address", "domain"), _thread
        ),
        ObservationType(
            "written",
            "the organisation's message itself",
            ("by_hand",),
            _written,
            signals=False,
        ),
        ObservationType(
            "addressed",
            "an address outside that a person of the organisation sent it to",
            ("address", "domain"),
            _addressed,
            signals=False,
        ),
    ),
)
