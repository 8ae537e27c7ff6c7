"""Whether scores are probabilities: of messages with a score of 0.8, 80 % should be attacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detection_stream.evaluation.outcomes import Mask
from detection_stream.evaluation.proportion import Proportion
from detection_stream.model.batch import FloatColumn

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Tenth:
    """Messages whose scores are from ``low`` to ``high``: the mean score, and the attacks."""

    low: float
    high: float
    expected: float
    attacks: Proportion


@dataclass(frozen=True, slots=True)
class Calibration:
    """``tenths`` with messages in them; both errors are 0 for perfect scores.

    ``error`` is the mean distance of expected and found shares, weighted by messages; ``brier``
    the mean squared distance of scores from 1 for attacks and 0 for harmless messages.
    """

    tenths: tuple[Tenth, ...]
    error: float
    brier: float


def calibration(scores: FloatColumn, attacks: Mask) -> Calibration:
    """The calibration of the scores of messages that are attacks or harmless."""
    if not len(scores):
        return Calibration((), float("nan"), float("nan"))
    places = np.minimum((scores * TENTHS).astype(np.int64), TENTHS - 1)
    tenths = []
    for place in range(TENTHS):
        rows = places == place
        if count := int(rows.sum()):
            share = Proportion(int(attacks[rows].sum()), count, count)
            low, high = place / TENTHS, (place + 1) / TENTHS
            tenths.append(Tenth(low, high, float(scores[rows].mean()), share))
    apart = [abs(one.expected - one.attacks.value) * one.attacks.of for one in tenths]
    return Calibration(
        tuple(tenths), sum(apart) / len(scores), float(np.mean((scores - attacks) ** 2))
    )
