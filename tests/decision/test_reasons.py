"""Reasons add up to the score, and without the decisive ones it is another verdict."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.decision.additive import UNIT
from detection_stream.decision.decision_model import DecisionModel
from detection_stream.decision.reasons import reasons
from detection_stream.decision.strategy import STRANGER, strategy
from tests.decision.made_models import NAMES, by_one, random_columns, random_model

USUAL = {NAMES[0]: 1.0, NAMES[1]: 0.0, NAMES[2]: 5.0, NAMES[3]: None}


@given(st.integers(0, 500), st.floats(0.05, 0.95))
def test_they_add_up_and_decide(seed: int, harmful: float) -> None:
    score, columns = random_model(seed), random_columns(seed, 6)
    model = DecisionModel("random", score, 0.8, -0.5, {}, USUAL, {})
    log_odds = score.score(columns, 6) * (model.slope / UNIT) + model.shift
    chances = model.probability(score.score(columns, 6))
    for row, found in enumerate(reasons(model, columns, range(6), harmful)):
        total = found.base + sum(fact["adds"] for fact in found.facts) + found.rest
        assert total == pytest.approx(float(log_odds[row]), abs=0.002)
        if chances[row] < harmful:
            assert found.decisive == []
        elif found.decisive:
            changed = {name: column.copy() for name, column in columns.items()}
            for name in found.decisive:
                value = USUAL[name]
                changed[name][row] = np.nan if value is None else value
            assert model.probability(score.score(changed, 6))[row] < harmful


def test_one_fact_is_told_with_what_is_usual() -> None:
    model = by_one("name.vip_match", -3.0, 3.0)
    columns = {"name.vip_match": np.array([1.0, 0.0])}
    told, calm = reasons(model, columns, [0, 1], 0.5)
    assert told.facts == [
        {"inputs": ["name.vip_match"], "values": [1.0], "usual": [0.0], "adds": 3.0}
    ]
    assert told.decisive == ["name.vip_match"]
    assert calm.facts[0]["adds"] == -3.0
    assert calm.decisive == []


def test_how_an_attack_goes_about_it() -> None:
    nan = float("nan")
    found = strategy({"name.vip_match": 1.0, "message.sender_freemail": 1.0, "thread.own": nan})
    assert found == {"strategy": "impersonation", "vector": "reply", "impersonated": "executive"}
    link = {"message.link_count": 2.0, "message.brand_impersonation": 1.0}
    assert strategy(link)["vector"] == "link"
    assert strategy(link)["impersonated"] == "brand"
    assert strategy({})["strategy"] == STRANGER
