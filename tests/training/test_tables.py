"""Tables say what the trees said, whether or not pairs have been taken apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from detection_stream.decision.additive import UNIT
from detection_stream.training.boosting import MAX_BINS, lightgbm
from detection_stream.training.tables import additive

INPUTS = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def fitted() -> tuple[Any, np.ndarray[Any, Any]]:
    dice = np.random.default_rng(2)
    values = np.round(dice.normal(size=(3_000, 4)), 2)
    values[dice.random(values.shape) < 0.1] = np.nan
    known = np.nan_to_num(values)
    target = (known[:, 0] * known[:, 1] + known[:, 2] > 0.5).astype(float)
    library = lightgbm()
    options = {"objective": "binary", "max_depth": 2, "num_leaves": 4, "max_bin": MAX_BINS,
               "verbosity": -1, "deterministic": True, "seed": 1}  # fmt: skip
    data = library.Dataset(values, target, params={"verbosity": -1})
    return library.train(options, data, 60), values


@pytest.mark.parametrize("purified", [False, True])
def test_the_sum_is_that_of_the_trees(
    fitted: tuple[Any, np.ndarray[Any, Any]], *, purified: bool
) -> None:
    booster, values = fitted
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    model = additive(trees, INPUTS, values if purified else None)
    columns = {name: values[:, place] for place, name in enumerate(INPUTS)}
    scores = model.score(columns, len(values)) / UNIT
    assert scores == pytest.approx(booster.predict(values, raw_score=True), abs=0.002)


def test_taking_pairs_apart_changes_no_bit(fitted: tuple[Any, np.ndarray[Any, Any]]) -> None:
    booster, values = fitted
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    columns = {name: values[:, place] for place, name in enumerate(INPUTS)}
    before, after = additive(trees, INPUTS), additive(trees, INPUTS, values)
    assert (before.score(columns, len(values)) == after.score(columns, len(values))).all()
    pairs = [term for term in after.terms if term.first != term.second]
    assert pairs, "the target needs one"
    bins = after.bins(columns, len(values))
    added = after.contributions(bins)
    for place, term in enumerate(after.terms):
        if term.first != term.second:
            # What is left of a pair says nothing about either of its inputs alone.
            for at in (term.first, term.second):
                for number in np.unique(bins[:, at]):
                    inside = bins[:, at] == number
                    if inside.sum() > 30:
                        assert abs(added[inside, place].mean()) < 0.05 * UNIT
