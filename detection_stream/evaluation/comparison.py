"""Compares two evaluations of the same labelled messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detection_stream.errors import InputError
from detection_stream.evaluation.proportion import chance_of

MAX_CHANCE = 0.05
"""Chance below which a change for the worse counts as more than noise."""


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """A measure before and now (shares, 0 to 1), and what was gained and lost between them.

    Of attacks that counts campaigns found; of false alerts, messages that are flagged no more are
    gained. ``chance`` is how likely so many losses are if nothing became worse.
    """

    measure: str
    before: float
    now: float
    gained: int
    lost: int

    @property
    def chance(self) -> float:
        """0 to 1, by the sign test."""
        return chance_of(self.lost, self.gained)

    @property
    def is_fall(self) -> bool:
        """Whether it became worse by more than noise."""
        return self.chance < MAX_CHANCE


def compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[MeasureChange]:
    """The changes between two reports as JSON (see :func:`evaluation_report.as_json`).

    Raises:
        InputError: they are of other labels.
    """
    if before.get("labels") != now["labels"]:
        raise InputError(
            "the evaluations are of different labels, so their messages cannot be compared; "
            "evaluate both with the same file"
        )
    changes = []
    for measure in now["attacks"]:
        old, new = (set(one["found"]["campaigns"][measure]) for one in (before, now))
        was, found = (one["attacks"][measure]["share"] or 0.0 for one in (before, now))
        lost, gained = len(old - new), len(new - old)
        changes.append(MeasureChange(f"attacks, {measure}", was, found, gained, lost))
    old, new = (set(one["found"]["false_alerts"]) for one in (before, now))
    was, found = (one["false_alerts"]["flagged"]["share"] or 0.0 for one in (before, now))
    gained, lost = len(old - new), len(new - old)
    changes.append(MeasureChange("false alerts, flagged", was, found, gained, lost))
    return changes
