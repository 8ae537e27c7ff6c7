"""A registrable domain that mail comes from."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.model.observation import ROLE_CODES
from detection_stream.profiles import window
from detection_stream.profiles.decay import DecayedCount
from detection_stream.profiles.profile import (
    COMMON_FIELDS,
    Profile,
    count_act,
    note_authentication,
    touch,
)
from detection_stream.profiles.row import Records, RowType
from detection_stream.profiles.sketch import Distinct

SENT_MONTH = window.month("sent")
SENDERS = Distinct("senders")
RECIPIENTS = Distinct("recipients")
AUTHENTICATED = DecayedCount("authenticated", half_life_days=60)
FAILED = DecayedCount("failed", half_life_days=60)

ROW = RowType(
    version=1,
    fields=(
        *COMMON_FIELDS,
        *SENT_MONTH.fields(),
        *SENDERS.fields(),
        *RECIPIENTS.fields(),
        *AUTHENTICATED.fields(),
        *FAILED.fields(),
        ("written_to", "u4"),
    ),
)


def update(rows: Records, seen: Rows) -> None:
    """Learn from one message of the domain, or from one that the organisation wrote to it."""
    touch(rows, seen["seconds"])
    written = seen["role"] == ROLE_CODES["written_domain"]
    rows["written_to"] += written.astype(np.uint32)
    chosen = np.flatnonzero(~written)
    if len(chosen) == 0:
        return
    part, sent = rows[chosen], seen.take(chosen)
    count_act(part, sent["seconds"])
    SENT_MONTH.add(part, sent["seconds"])
    SENDERS.add(part, sent["name"])
    RECIPIENTS.add(part, sent["member"])
    note_authentication(part, sent["seconds"], sent["authenticated"], AUTHENTICATED, FAILED)
    rows[chosen] = part


PROFILE = Profile("domain", ROW, keep_days=400, update=update)
