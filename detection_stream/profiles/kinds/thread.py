"""Profile of a Message-ID, to recognise replies to it."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.plain import Count, Flag
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType

ROW = RowType(
    version=1,
    blocks=(
        *COMMON_BLOCKS,
        Flag("internal", "written inside the organisation"),
        Count("replies", "replies seen"),
    ),
)


def _thread(rows: Records, seen: Rows) -> None:
    rows["replies"] += 1


def _written(rows: Records, seen: Rows) -> None:
    rows["internal"] |= (seen["internal"] == 1).astype(np.uint8)
    count_act(rows, seen["seconds"])


KIND = Kind(
    "thread",
    entity="a Message-ID",
    text="messages, to recognise replies",
    row=ROW,
    keep_days=90,
    observations=(
        ObservationType("thread", "the message that this one replies to", (), _thread),
        ObservationType("written", "the message itself", ("internal",), _written, signals=False),
    ),
)
