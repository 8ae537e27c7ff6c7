"""Error policies: stop, dead-letter, or skip and count."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import orjson

MAX_FIRST_BYTES = 512
"""Bytes of a failed record kept in its dead letter, for display."""


class Policy(StrEnum):
    """``fail`` stops the worker, ``dead-letter`` sets the record aside, ``skip`` counts it."""

    FAIL = "fail"
    DEAD_LETTER = "dead-letter"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Policies:
    """One policy each for unreadable records, failing rows and unsendable outputs."""

    decode: Policy = Policy.DEAD_LETTER
    process: Policy = Policy.DEAD_LETTER
    produce: Policy = Policy.DEAD_LETTER


def dead_letter(
    topic: str,
    partition: int,
    offset: int,
    *,
    stage: str,
    phase: str,
    reason: str,
    value: bytes,
    source: str = "",
) -> bytes:
    """A dead-letter record: origin, reason and first bytes."""
    return orjson.dumps(
        {
            "topic": topic,
            "partition": partition,
            "offset": offset,
            "stage": stage,
            "phase": phase,
            "reason": reason,
            "source": source,
            "size": len(value),
            "first_bytes": value[:MAX_FIRST_BYTES].decode("utf-8", "replace"),
        }
    )
