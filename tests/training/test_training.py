"""What is trained finds what it should, however unclean its history, and always the same."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from detection_stream.decision.additive import UNIT
from detection_stream.errors import InputError
from detection_stream.training.boosting import Settings
from detection_stream.training.calibration import fit_probability
from detection_stream.training.dataset import (
    GENERAL_ROWS,
    GIVE_AWAYS,
    TrainingRows,
    concatenate_rows,
    kept_rows,
    write_rows,
)
from detection_stream.training.decision import (
    Trained,
    TrainingPlan,
    all_inputs,
    recall_at,
    train,
)
from detection_stream.training.leakage import leaks, separation
from tests.training.rows import TYPES, made_rows

PLAN = TrainingPlan(settings=Settings(trees=120), harm_share=0.05)


@cache
def _trained() -> Trained:
    return train(made_rows(6_000), PLAN)


def _scores(trained: Trained, rows: TrainingRows) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    columns = dict(zip(rows.inputs, rows.values.T, strict=True))
    return trained.model.score.score(columns, len(rows))


def _recall(trained: Trained, rows: TrainingRows) -> float:
    scores = _scores(trained, rows).astype(np.float64)
    return float(recall_at(scores, rows.harmful, 0.01)[rows.harmful].mean())


def test_it_finds_what_it_has_not_seen() -> None:
    assert _recall(_trained(), made_rows(6_000, seed=2)) > 0.7


def test_its_probabilities_are_found_to_be_right() -> None:
    fresh = made_rows(20_000, seed=3)
    chances = _trained().model.probability(_scores(_trained(), fresh))
    for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 1.01)):
        inside = (chances >= low) & (chances < high)
        assert inside.sum() > 50
        assert fresh.harmful[inside].mean() == pytest.approx(chances[inside].mean(), abs=0.12)


def test_it_tells_types_apart() -> None:
    fresh = made_rows(4_000, seed=4)
    columns = dict(zip(fresh.inputs, fresh.values.T, strict=True))
    named = np.array(_trained().model.attack_types(columns, len(fresh)))
    assert set(_trained().model.types) == set(TYPES)
    assert (named == fresh.types)[fresh.harmful].mean() > 0.75


def test_it_is_the_same_each_time() -> None:
    assert train(made_rows(6_000), PLAN).model.version == _trained().model.version


def test_attacks_in_the_history_do_not_spoil_it() -> None:
    """One in a hundred of the messages presumed harmless is an attack."""
    clean = made_rows(6_000)
    dice = np.random.default_rng(5)
    hidden = made_rows(6_000, share=1.0, seed=6).take(dice.random(6_000) < 0.01)
    nothing = np.zeros(len(hidden), dtype=np.bool_)
    poison = replace(hidden, types=np.full(len(hidden), ""), labelled=nothing, early=nothing)
    poisoned = train(concatenate_rows([clean, poison]), PLAN)
    fresh = made_rows(6_000, seed=7)
    assert _recall(poisoned, fresh) > _recall(_trained(), fresh) - 0.05
    assert poisoned.model.card["presumption_dropped"] > 0


def test_scores_are_held_out() -> None:
    """A row that no other resembles is not recognised by the model that scores it."""
    rows = made_rows(3_000)
    own = _scores(_trained(), rows) / UNIT
    assert np.corrcoef(own[~rows.early], train(rows, PLAN).held_out)[0, 1] > 0.8
    assert len(train(rows, PLAN).held_out) == (~rows.early).sum()


def test_too_little_is_said() -> None:
    with pytest.raises(InputError, match="too few to train"):
        train(made_rows(300, share=0.01), PLAN)


def test_probabilities_are_fitted() -> None:
    dice = np.random.default_rng(1)
    scores = dice.normal(0, 3, size=40_000)
    harmful = dice.random(40_000) < 1 / (1 + np.exp(-(0.7 * scores - 2.0)))
    slope, shift = fit_probability(scores, harmful, float(harmful.mean()))
    assert slope == pytest.approx(0.7, abs=0.05)
    assert shift == pytest.approx(-2.0, abs=0.1)


def test_an_input_that_tells_the_source_is_a_leak() -> None:
    rows = made_rows(3_000)
    labelled = rows.harmful | (np.arange(3_000) % 2 == 0)
    place = rows.inputs.index("message.link_count")
    values = rows.values.copy()
    values[:, place] = np.where(labelled, 7.0, 1.0)
    assert leaks(replace(rows, labelled=labelled)) == {}
    assert leaks(replace(rows, labelled=labelled, values=values)) == {"message.link_count": 1.0}
    assert separation(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0.5


def test_rows_come_back_without_text(tmp_path: Path) -> None:
    rows = made_rows(200)
    write_rows(tmp_path / "rows.parquet", rows)
    found = kept_rows(tmp_path / "rows.parquet", rows.inputs)
    assert found.types.tolist() == rows.types.tolist()
    assert np.allclose(found.values, rows.values, equal_nan=True, atol=1e-4)
    assert found.early.tolist() == rows.early.tolist()
    absent = kept_rows(tmp_path / "rows.parquet", [*rows.inputs, "message.new_signal"])
    assert np.isnan(absent.values[:, -1]).all()


def test_what_ships_holds_no_text_and_no_give_away() -> None:
    rows = kept_rows(GENERAL_ROWS, all_inputs())
    assert not set(rows.inputs) & GIVE_AWAYS
    assert rows.harmful.sum() > 1_000
    assert {group.rpartition("-")[2].isdigit() for group in rows.groups.tolist()} == {True}
