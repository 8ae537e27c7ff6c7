"""Topics of a topology: what each one is for, and how long its records stay."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HOUR = 3_600
DAY = 24 * HOUR


class TopicRole(StrEnum):
    """The role of a topic in its topology.

    ``source``: records from outside, where a replay starts. ``internal``: frames between stages.
    ``output``: results, one event per record. ``dead-letters``: records that could not be
    processed. ``control``: records about tenants, workers and state versions; no stage reads them.
    """

    SOURCE = "source"
    INTERNAL = "internal"
    OUTPUT = "output"
    DEAD_LETTERS = "dead-letters"
    CONTROL = "control"


LETTER_NAMED_BY = ("topic", "partition", "offset", "stage", "phase")
"""Fields of a dead letter that tell it from all others."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long records are kept once consumed; 0 seconds removes them immediately.

    ``seconds`` count from the append, ``size`` is in bytes.
    """

    seconds: int
    size: int


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of a topology.

    ``key`` is its name within the topology, ``name`` the one on a broker, with the prefix and the
    version of the state. A ``compacted`` one keeps the last record of each key for good. ``id`` is
    the number of a source, which its records' origins carry; 0 for every other topic. ``named_by``
    are the fields of an event's JSON that tell it from all others that a stage writes there.
    """

    key: str
    name: str
    role: TopicRole
    retention: Retention
    description: str
    compacted: bool = False
    id: int = 0
    named_by: tuple[str, ...] = ()
