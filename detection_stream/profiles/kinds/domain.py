"""Profile of a registrable domain that mail comes from."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.profiles import window
from detection_stream.profiles.authentication import AUTHENTICATED, FAILED, note_authentication
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.ownership import OWNERSHIP_BLOCKS, PROVEN, by_owner, owns
from detection_stream.profiles.plain import Count, Time, count_since
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType
from detection_stream.profiles.sketch import Distinct

SENT_MONTH = window.month("sent", "sent")
SENDERS = Distinct("senders", "different senders")
RECIPIENTS = Distinct("recipients", "different recipients")

ROW = RowType(
    version=2,
    blocks=(
        *COMMON_BLOCKS,
        *OWNERSHIP_BLOCKS,
        SENT_MONTH,
        SENDERS,
        RECIPIENTS,
        AUTHENTICATED,
        FAILED,
        Count("written_to", "messages that people of the organisation wrote to it"),
        Time("written_first", "when they first wrote to it", listed=False),
        Count("bulk", "messages that it delivered as bulk or automatic mail"),
        Time("bulk_first", "first message that it delivered as such", listed=False),
    ),
)


def _domain(rows: Records, seen: Rows) -> None:
    seconds = seen["seconds"]
    count_act(rows, seconds)
    SENT_MONTH.add(rows, seconds)
    SENDERS.add(rows, seen["address"])
    RECIPIENTS.add(rows, seen["recipient"])
    note_authentication(rows, seconds, seen["authenticated"])


def _mailer(rows: Records, seen: Rows) -> None:
    count_since(rows, "bulk", "bulk_first", seen["seconds"], seen["proof"] == PROVEN)


def _written_domain(rows: Records, seen: Rows) -> None:
    always = np.ones(len(rows), dtype=np.bool_)
    count_since(rows, "written_to", "written_first", seen["seconds"], always)


KIND = Kind(
    "domain",
    entity="a registrable domain",
    text="mail from and to an external domain",
    row=ROW,
    keep_days=400,
    observations=(
        ObservationType(
            "domain",
            "the sender's domain",
            ("proof", "recipient", "address", "authenticated"),
            by_owner(_domain),
        ),
        ObservationType(
            "mailer",
            "the domain that delivered bulk or automatic mail",
            ("proof",),
            _mailer,
        ),
        ObservationType(
            "written_domain",
            "a domain that the organisation writes to",
            (),
            _written_domain,
            signals=False,
        ),
    ),
    owner=owns,
    kept_for_claims=(AUTHENTICATED, FAILED),
)
