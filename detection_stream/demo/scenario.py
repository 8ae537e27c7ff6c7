"""Scenarios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from detection_stream.demo.clock import BUSINESS, Rhythm
from detection_stream.demo.world import World
from detection_stream.simulation.draft import Draft


@dataclass(frozen=True, slots=True)
class Scenario:
    """One family of messages.

    ``share`` is its share of all mail in thousandths; ``write`` makes one message at the
    world's current time.
    """

    name: str
    kind: str
    share: float
    write: Callable[[World], Draft]
    rhythm: Rhythm = BUSINESS
