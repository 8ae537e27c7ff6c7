"""What these signals are about."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.records import Records
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.profile_columns import flag
from detection_stream.signals.registry import message_signal, profile_signal


@message_signal("count")
def my_signal(batch: MessageBatch) -> FloatColumn:
    """Characters of the subject; this line is the signal's documentation."""
    return batch.number(lambda message: len(message.subject))


@profile_signal("sender", "flag")
def my_profile_signal(rows: Records, seen: Rows) -> FloatColumn:
    """The sender wrote ten messages or more before this one."""
    return flag(rows["count"] >= 10)
