"""The entity that this kind of profile is of."""

from __future__ import annotations

from detection_stream.model.batch import Rows
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType
from detection_stream.profiles.sketch import Distinct

RECIPIENTS = Distinct("recipients", "different recipients")

ROW = RowType(version=1, blocks=(*COMMON_BLOCKS, RECIPIENTS))


def _my_role(rows: Records, seen: Rows) -> None:
    count_act(rows, seen["seconds"])
    RECIPIENTS.add(rows, seen["recipient"])


KIND = Kind(
    "my_kind",
    entity="what a row is of",
    text="what a row tells",
    row=ROW,
    keep_days=200,
    observations=(
        ObservationType("my_role", "what it is to the message", ("recipient",), _my_role),
    ),
)
