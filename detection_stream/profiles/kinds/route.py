"""Profile of an own address and the foreign network that its unproven mail comes from."""

from __future__ import annotations

from detection_stream.model.batch import Rows
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType

ROW = RowType(version=1, blocks=COMMON_BLOCKS)


def _route(rows: Records, seen: Rows) -> None:
    count_act(rows, seen["seconds"])


def _related(value: str) -> list[tuple[str, str]]:
    address = value.partition(" ")[0]
    return [("address", address)] if "@" in address else []


KIND = Kind(
    "route",
    entity="an own address and a foreign network",
    text="services that write under an own address without proof",
    row=ROW,
    keep_days=400,
    observations=(
        ObservationType("route", "an own address, and the network it came from", (), _route),
    ),
    related=_related,
)
