"""Profile of an address, as sender and as recipient."""

from __future__ import annotations

from detection_stream.model.batch import Rows
from detection_stream.parsing.domains import registrable
from detection_stream.profiles import window
from detection_stream.profiles.authentication import AUTHENTICATED, FAILED, note_authentication
from detection_stream.profiles.histogram import HourHistogram
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.ownership import OWNERSHIP_BLOCKS, by_owner, owns
from detection_stream.profiles.plain import Count, Flag, Time, count_since
from detection_stream.profiles.recent import Recent
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType
from detection_stream.profiles.sketch import Distinct

SENT_HOUR = window.hour("sent", "sent")
SENT_DAY = window.day("sent", "sent")
SENT_MONTH = window.month("sent", "sent")
RECEIVED_HOUR = window.hour("received", "received")
RECEIVED_MONTH = window.month("received", "received")
HOURS = HourHistogram("hours", "when it writes, by hour of the day (UTC)")
RECIPIENTS = Distinct("recipients", "different recipients")
PERSON = Flag("person", "in the directory")
VIP = Flag("vip", "a VIP")
FINANCE = Flag("finance", "handles money or salaries")
NAMES = Recent("names", "different display names used (4 at most)", 4, "names")

ROW = RowType(
    version=2,
    blocks=(
        *COMMON_BLOCKS,
        *OWNERSHIP_BLOCKS,
        SENT_HOUR,
        SENT_DAY,
        SENT_MONTH,
        HOURS,
        RECIPIENTS,
        NAMES,
        AUTHENTICATED,
        FAILED,
        Count("received", "messages received"),
        RECEIVED_HOUR,
        RECEIVED_MONTH,
        Count("written_to", "messages that people of the organisation wrote to it"),
        Time("written_first", "when they first wrote to it", listed=False),
        PERSON,
        VIP,
        FINANCE,
    ),
)


def _sender(rows: Records, seen: Rows) -> None:
    seconds = seen["seconds"]
    count_act(rows, seconds)
    for ring in (SENT_HOUR, SENT_DAY, SENT_MONTH):
        ring.add(rows, seconds)
    HOURS.add(rows, seconds)
    RECIPIENTS.add(rows, seen["recipient"])
    NAMES.add(rows, seen["display_name"])
    note_authentication(rows, seconds, seen["authenticated"])


def _recipient(rows: Records, seen: Rows) -> None:
    rows["received"] += 1
    RECEIVED_HOUR.add(rows, seen["seconds"])
    RECEIVED_MONTH.add(rows, seen["seconds"])
    by_hand = seen["by_hand"] == 1
    count_since(rows, "written_to", "written_first", seen["seconds"], by_hand)


def _person(rows: Records, seen: Rows) -> None:
    rows["person"] = 1
    rows["vip"] = seen["vip"]
    rows["finance"] = seen["finance"]


def _related(value: str) -> list[tuple[str, str]]:
    return [("domain", registrable(value.rpartition("@")[2]))] if "@" in value else []


KIND = Kind(
    "address",
    entity="an address",
    text="how an address sends and receives",
    row=ROW,
    keep_days=400,
    observations=(
        ObservationType(
            "sender",
            "the address in From",
            ("proof", "recipient", "display_name", "authenticated"),
            by_owner(_sender),
        ),
        ObservationType("recipient", "an address in To, Cc or Bcc", ("by_hand",), _recipient),
        ObservationType(
            "person",
            "a person in the directory",
            ("vip", "finance"),
            _person,
            signals=False,
        ),
    ),
    related=_related,
    owner=owns,
    kept_for_claims=(AUTHENTICATED, FAILED, PERSON, VIP, FINANCE),
)
