"""Columns of the rows on the signals topic, level by level."""

from __future__ import annotations

from functools import cache

from detection_stream.model.origin import ORIGIN_COLUMNS
from detection_stream.profiles.kinds import KINDS
from detection_stream.signals.registry import signals_of

LEVELS = ("message", *KINDS.levels)
"""Every level of signals."""

ROW_COLUMNS: dict[str, type] = {**ORIGIN_COLUMNS, "failed": int}
"""Which record a row is about; ``failed`` is 1 when the level could not be computed."""

CONTEXT_COLUMNS: dict[str, type] = {
    "uid": str,
    "tenant": str,
    "message_id": str,
    "received_at": int,
    "direction": str,
    "sender": str,
    "sender_name": str,
    "recipients": str,
    "subject": str,
    "policy": str,
}
"""What a verdict says of its message; ``recipients`` are joined by commas.

``policy`` is an encoded :class:`TenantPolicy`, empty for the usual one.
"""


@cache
def column_types(level: str) -> dict[str, type]:
    """Column types of one level: ``message`` or a role that sends signals."""
    types = dict(ROW_COLUMNS)
    if level == "message":
        types |= CONTEXT_COLUMNS | {f"expected.{role}": int for role in KINDS.levels}
    return types | dict.fromkeys((signal.name for signal in signals_of(level)), float)
