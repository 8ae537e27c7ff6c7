"""Chooses a threshold that keeps false alerts within a target rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.tenant import Thresholds

USUAL = Thresholds()
MIN_SUSPICIOUS = 0.02
"""Minimum suspicious threshold: below it, one alert in fifty or fewer would be right."""
STEPS = 1_000
"""Thresholds are multiples of one over this."""

AttackScores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A suspicious threshold, and the share (0 to 1) of harmless messages at or above it.

    ``usual_rate`` is that of the default threshold, ``harmless`` the number of messages counted,
    ``presumed_attacks`` the number excluded.
    """

    suspicious: float
    rate: float
    usual_rate: float
    harmless: int
    presumed_attacks: int


def choose(
    scores: Sequence[float],
    attacks: Sequence[bool | None],
    target: float,
    wanted: float | None = None,
    highest: float = 1.0,
) -> Chosen:
    """The lowest threshold at which at most ``target`` (0 to 1) of harmless messages alert.

    ``attacks`` says what each message was, None if unlabelled. Those at or above the default
    malicious score are then presumed attacks: counting them as false alerts would blind a
    tenant under attack. Others without a label count by the probability that they are harmless,
    one minus their score. The threshold never exceeds that score; if even there more
    messages alert, ``rate`` shows it. ``wanted`` is a fixed threshold,
    ``highest`` an upper limit.
    """
    found = np.array(scores, dtype=np.float64)
    said = np.array([-1 if attack is None else int(attack) for attack in attacks])
    presumed = (said == -1) & (found >= USUAL.malicious)
    counted = (said != 1) & ~presumed
    harmless, weights = found[counted], np.where(said == 0, 1.0, 1.0 - found)[counted]
    suspicious = wanted or min(_lowest(harmless, weights, target), highest)
    return Chosen(
        suspicious,
        _rate(harmless, weights, suspicious),
        _rate(harmless, weights, USUAL.suspicious),
        len(harmless),
        int(presumed.sum()),
    )


def _lowest(scores: AttackScores, weights: AttackScores, target: float) -> float:
    inside = np.unique(scores[(scores >= MIN_SUSPICIOUS) & (scores < USUAL.malicious)]).tolist()
    above = ((floor(score * STEPS) + 1) / STEPS for score in inside)
    candidates = (MIN_SUSPICIOUS, *above, USUAL.malicious)
    lowest = (one for one in candidates if _rate(scores, weights, one) <= target)
    return next(lowest, USUAL.malicious)


def _rate(scores: AttackScores, weights: AttackScores, threshold: float) -> float:
    """The expected share of messages that alert without being attacks."""
    return float(np.where(scores >= threshold, weights, 0.0).mean()) if len(scores) else 0.0
