"""Profile of a registrable domain in links."""

from __future__ import annotations

from detection_stream.model.batch import Rows
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType
from detection_stream.profiles.sketch import Distinct

RECIPIENTS = Distinct("recipients", "different recipients")

ROW = RowType(version=1, blocks=(*COMMON_BLOCKS, RECIPIENTS))


def _link(rows: Records, seen: Rows) -> None:
    count_act(rows, seen["seconds"])
    RECIPIENTS.add(rows, seen["recipient"])


KIND = Kind(
    "link_host",
    entity="a domain in links",
    text="how many links, to how many people, lead to a domain",
    row=ROW,
    keep_days=200,
    observations=(ObservationType("link", "a domain that a link leads to", ("recipient",), _link),),
)
