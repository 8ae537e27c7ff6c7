"""Columns of the rows on the signals topic, level by level."""

from __future__ import annotations

from functools import cache

from detection_stream.model.origin import ORIGIN_COLUMNS, ORIGIN_WORDS
from detection_stream.profiles.kinds import KINDS
from detection_stream.signals.registry import signals_of

LEVELS = ("message", *KINDS.levels)
"""Every level of signals."""
MODEL_LEVEL = "decision_model"
"""The level of rows that carry a tenant's decision model, ahead of the messages it decides."""
MODEL_COLUMNS: dict[str, type] = {"tenant": str, "version": str, "model": str}

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
"""What a verdict says about its message; ``recipients`` are comma-separated.

``policy`` is an encoded :class:`TenantPolicy`, empty for the default one.
"""


@cache
def column_types(level: str) -> dict[str, type]:
    """Column types of one level: ``message``, a role that sends signals or ``MODEL_LEVEL``."""
    if level == MODEL_LEVEL:
        return MODEL_COLUMNS
    types = dict(ROW_COLUMNS)
    if level == "message":
        types |= CONTEXT_COLUMNS | {f"expected.{role}": int for role in KINDS.levels}
    return types | dict.fromkeys((signal.name for signal in signals_of(level)), float)


_WORDS = ORIGIN_WORDS | {
    "failed": "1 when the level could not be computed",
    "uid": "name of the message, the same wherever it is read",
    "tenant": "the organisation",
    "message_id": "Message-ID without angle brackets",
    "received_at": "when the receiving side got it (milliseconds since 1970)",
    "direction": "inbound, outbound or internal",
    "sender": "address of From",
    "sender_name": "display name of From",
    "recipients": "addresses, joined by commas",
    "subject": "beginning of the subject",
    "policy": "the tenant's policy as JSON, empty for the usual one",
    "version": "version of the model, which policies name",
    "model": "the model, packed",
}


@cache
def column_words(level: str) -> dict[str, str]:
    """What each column of one level holds, for people."""
    said = _WORDS | {f"expected.{role}": f"rows of the level {role} to wait for" for role in LEVELS}
    said |= {signal.name: f"{signal.type}: {signal.description}" for signal in signals_of(level)}
    return {name: said[name] for name in column_types(level)}
