"""How well scores set attacks apart from harmless mail, wherever a threshold is put."""

from __future__ import annotations

from typing import Final

import numpy as np

from detection_stream.model.batch import FloatColumn

RATES: Final = {"1/100": 1e-2, "1/1,000": 1e-3, "1/10,000": 1e-4}
"""Shares of harmless messages that may lie above a threshold, by name."""


def thresholds(harmless: FloatColumn) -> dict[str, float]:
    """The lowest score for each rate that no more than its share of harmless messages exceeds.

    A score lies above a threshold, not on it. Fewer messages than a rate's have none above.
    """
    ranked = np.sort(harmless)[::-1]
    if not len(ranked):
        return dict.fromkeys(RATES, 0.0)
    return {name: float(ranked[int(rate * len(ranked))]) for name, rate in RATES.items()}


def average_precision(attacks: FloatColumn, harmless: FloatColumn) -> float:
    """Area under precision over recall, 0 to 1; equal scores are taken together.

    NaN without attacks.
    """
    if not len(attacks):
        return float("nan")
    scores = np.concatenate([attacks, harmless])
    values, place = np.unique(-scores, return_inverse=True)
    new = np.bincount(place[: len(attacks)], minlength=len(values))
    false = np.bincount(place[len(attacks) :], minlength=len(values))
    found = np.cumsum(new)
    return float(np.sum(new / len(attacks) * found / (found + np.cumsum(false))))


def curve(attacks: FloatColumn, harmless: FloatColumn) -> list[tuple[float, float]]:
    """Share of harmless messages and of attacks above each score, from the highest on."""
    if not len(attacks) or not len(harmless):
        return []
    values = np.unique(np.concatenate([attacks, harmless]))[::-1]
    false = 1 - np.searchsorted(np.sort(harmless), values, side="right") / len(harmless)
    found = 1 - np.searchsorted(np.sort(attacks), values, side="right") / len(attacks)
    return list(zip(false.tolist(), found.tolist(), strict=True))
