"""Makes scores probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import FloatColumn

_ROUNDS = 100
_TINY = 1e-9


def fit_probability(
    scores: FloatColumn, harmful: NDArray[np.bool_], harm_share: float
) -> tuple[float, float]:
    """Slope and shift so that the logistic function of slope x score + shift is a probability.

    The rows are weighted as if ``harm_share`` (0 to 1) of them were harmful (Platt, Probabilistic
    Outputs for Support Vector Machines, 1999; fitted by Newton's method). The slope is positive.
    """
    target = np.where(harmful, 1.0, 0.0)
    weights = np.where(
        harmful, harm_share / max(1, harmful.sum()), (1 - harm_share) / max(1, (~harmful).sum())
    )
    slope, shift = 1.0, float(np.log(harm_share / (1.0 - harm_share)))
    for _ in range(_ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(slope * scores + shift, -35.0, 35.0)))
        error = weights * (chance - target)
        bend = weights * chance * (1.0 - chance) + _TINY * weights
        gradient = np.array([(error * scores).sum(), error.sum()])
        curve = np.array(
            [
                [(bend * scores * scores).sum(), (bend * scores).sum()],
                [(bend * scores).sum(), bend.sum()],
            ]
        )
        step = np.linalg.solve(curve + _TINY * np.eye(2), gradient)
        # Long steps overshoot where nearly all chances are 0 or 1.
        step *= min(1.0, 1.0 / float(np.abs(step).max() + _TINY))
        slope, shift = max(0.05, slope - float(step[0])), shift - float(step[1])
        if np.abs(step).max() < 1e-7:
            break
    return round(slope, 6), round(shift, 6)
