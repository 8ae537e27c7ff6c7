"""The logistic function from a table is the logistic function."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.detectors.logistic import MAX_INPUT, logistic

VALUES = st.floats(-MAX_INPUT, MAX_INPUT)


@given(VALUES)
def test_it_is_near_the_exact_one(value: float) -> None:
    assert abs(logistic(np.array([value]))[0] - 1 / (1 + math.exp(-value))) < 3e-6


@given(VALUES, VALUES)
def test_it_never_falls(one: float, other: float) -> None:
    low, high = logistic(np.array(sorted([one, other])))
    assert low <= high


def test_beyond_its_ends_it_stays_and_nan_stays_nan() -> None:
    found = logistic(np.array([-1e9, 1e9, -np.inf, np.inf, np.nan, 0.0]))
    assert found[0] == found[2] < 2e-7
    assert found[1] == found[3] > 1 - 2e-7
    assert math.isnan(found[4])
    assert found[5] == 0.5


@given(st.lists(VALUES, min_size=1, max_size=30))
def test_each_value_is_on_its_own(values: list[float]) -> None:
    together = logistic(np.array(values))
    alone = [logistic(np.array([value]))[0] for value in values]
    assert together.tolist() == alone
