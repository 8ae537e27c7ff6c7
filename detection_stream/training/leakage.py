"""Finds inputs that tell where a row is from instead of what it is."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detection_stream.model.batch import FloatColumn
from detection_stream.training.dataset import TrainingRows

MAX_SEPARATION: Final = 0.9
"""Area under the curve beyond which one input alone tells simulated from real harmless mail."""


def leaks(rows: TrainingRows) -> dict[str, float]:
    """Inputs that alone tell labelled harmless rows from presumed ones, with how well.

    What separates two kinds of harmless mail by their source may separate attacks by it as well.
    The figure is the area under the ROC curve (0.5 to 1), missing values taken as lowest.
    """
    harmless = ~rows.harmful
    made, real = harmless & rows.labelled, harmless & ~rows.labelled
    if not made.any() or not real.any():
        return {}
    found = {}
    for place, name in enumerate(rows.inputs):
        area = separation(rows.values[made, place], rows.values[real, place])
        if area > MAX_SEPARATION:
            found[name] = round(area, 3)
    return found


def separation(ones: FloatColumn, others: FloatColumn) -> float:
    """The area under the ROC curve that tells two samples apart, 0.5 to 1."""
    both = np.nan_to_num(np.concatenate([ones, others]), nan=-np.inf)
    ranks = _ranks(both)[: len(ones)]
    wins = ranks.sum() - len(ones) * (len(ones) + 1) / 2
    area = wins / (len(ones) * len(others))
    return float(max(area, 1.0 - area))


def _ranks(values: FloatColumn) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means = ends - (counts - 1) / 2
    shared: NDArray[np.float64] = means[place]
    return shared
