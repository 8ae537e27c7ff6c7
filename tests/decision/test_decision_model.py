"""A model is kept and sent as it is, and what must not change a score does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.data_files import load_data
from detection_stream.decision.decision_model import (
    GENERAL_MODEL,
    RULE_PREFIX,
    decode_model,
    load_decision_model,
    unpack_model,
)
from detection_stream.detectors.registry import load_detectors
from detection_stream.errors import RuleError
from detection_stream.signals.registry import all_signals
from detection_stream.training.decision import all_inputs
from tests.decision.made_models import by_one

GENERAL = load_decision_model()
DIRECTIONS = load_data("detection_stream.training", "directions.yml")


def test_it_comes_back_from_a_file_and_from_a_profile() -> None:
    for found in (decode_model(GENERAL.encode()), unpack_model(GENERAL.packed())):
        assert found.described() == GENERAL.described()
        assert found.version == GENERAL.version


def test_its_version_is_that_of_what_it_says() -> None:
    renamed = replace(GENERAL, name="other", card={})
    assert renamed.version == GENERAL.version
    assert replace(GENERAL, shift=GENERAL.shift + 0.001).version != GENERAL.version


def test_what_ships_reads_what_there_is() -> None:
    rules = {RULE_PREFIX + name for name in load_detectors().ids}
    assert GENERAL.inputs <= {signal.name for signal in all_signals()} | rules
    assert GENERAL.inputs <= set(all_inputs()), "what gives samples away is left out"
    for key in ("data", "licence", "recall_at_1_in_1000", "recall_by_type", "limits", "leaks"):
        assert key in GENERAL.card


def test_directions_name_signals() -> None:
    known = {signal.name for signal in all_signals()}
    assert set(DIRECTIONS["raises"]) | set(DIRECTIONS["lowers"]) <= known
    assert not set(DIRECTIONS["raises"]) & set(DIRECTIONS["lowers"])


@given(st.data())
def test_proof_never_raises_it_and_requests_never_lower_it(data: st.DataObject) -> None:
    """Whatever else is known about a message."""
    values = st.sampled_from((0.0, 1.0, 2.0, 5.0, 30.0, 200.0))
    signals = {
        name: np.array([data.draw(st.one_of(st.just(float("nan")), values))])
        for name in sorted(data.draw(st.sets(st.sampled_from(sorted(GENERAL.inputs)), max_size=25)))
    }
    directed = [name for name in GENERAL.score.inputs if name in DIRECTIONS["raises"]]
    directed += [name for name in GENERAL.score.inputs if name in DIRECTIONS["lowers"]]
    name = data.draw(st.sampled_from(directed))
    low, high = sorted(data.draw(st.tuples(values, values)))
    scores = [
        GENERAL.score.score({**signals, name: np.array([value])}, 1)[0] for value in (low, high)
    ]
    raises = name in DIRECTIONS["raises"]
    assert (scores[0] <= scores[1]) if raises else (scores[0] >= scores[1])


def _score(edges: list[list[float]], terms: list[object]) -> dict[str, object]:
    return {"score": {"inputs": ["a"], "edges": edges, "intercept": 0, "terms": terms}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 99}, "its format is 99"),
        ({"slope": -1.0}, "slope"),
        ({"unknown": 1}, "unknown"),
        (_score([], []), "edges"),
        (_score([[2.0, 1.0]], []), "ascend"),
        (_score([[1.0]], [[0, 5, 3, [1]]]), "reads an input"),
        (_score([[1.0]], [[0, 0, 3, [1]]]), "one entry for each bin"),
    ],
)
def test_what_is_no_model_is_said(change: dict[str, object], said: str) -> None:
    content = orjson.dumps({**by_one("message.inbound", 0, 1).described(), **change})
    with pytest.raises(RuleError, match=said):
        decode_model(content)


@pytest.mark.parametrize("text", ["", "x", "eA==", by_one("a.b", 0, 1).packed()[:-9]])
def test_what_is_not_packed_is_said(text: str) -> None:
    with pytest.raises(RuleError, match="decision model"):
        unpack_model(text)


def test_the_file_that_ships_is_small() -> None:
    assert GENERAL_MODEL.stat().st_size < 400_000
    assert len(GENERAL.packed()) < 200_000
