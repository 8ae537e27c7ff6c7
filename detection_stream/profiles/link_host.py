"""A registrable domain that links lead to."""

from __future__ import annotations

from detection_stream.model.batch import Rows
from detection_stream.profiles.profile import COMMON_FIELDS, Profile, count_act, touch
from detection_stream.profiles.row import Records, RowType
from detection_stream.profiles.sketch import Distinct

RECIPIENTS = Distinct("recipients")

ROW = RowType(version=1, fields=(*COMMON_FIELDS, *RECIPIENTS.fields()))


def update(rows: Records, seen: Rows) -> None:
    """Count one message with a link to the domain."""
    touch(rows, seen["seconds"])
    count_act(rows, seen["seconds"])
    RECIPIENTS.add(rows, seen["member"])


PROFILE = Profile("link_host", ROW, keep_days=200, update=update)
