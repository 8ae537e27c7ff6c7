"""What to do with what fails: stop, set it aside with its reason, or count it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import orjson

FIRST_BYTES = 512
"""Bytes of a failed record that go along with it for people to look at."""


class Policy(StrEnum):
    """``fail`` stops the worker, ``dead-letter`` keeps the record aside, ``skip`` counts it."""

    FAIL = "fail"
    DEAD_LETTER = "dead-letter"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Policies:
    """One policy each for records that cannot be read, rows that fail, outputs that cannot go."""

    decode: Policy = Policy.DEAD_LETTER
    process: Policy = Policy.DEAD_LETTER
    produce: Policy = Policy.DEAD_LETTER


def dead_letter(
    topic: str,
    partition: int,
    offset: int,
    stage: str,
    phase: str,
    reason: str,
    value: bytes,
    source: str = "",
) -> bytes:
    """A record of the dead-letter topic: where it came from, why it is here, its first bytes."""
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
            "first_bytes": value[:FIRST_BYTES].decode("utf-8", "replace"),
        }
    )
