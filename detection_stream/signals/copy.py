"""Signals from the history of a Message-ID."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.records import Records
from detection_stream.signals.profile_columns import flag
from detection_stream.signals.registry import profile_signal


@profile_signal("copy", "flag")
def repeated(rows: Records, seen: Rows) -> FloatColumn:
    """Another message with other content had the same Message-ID; NaN if it has none."""
    return flag(rows["copies"] > 0)
