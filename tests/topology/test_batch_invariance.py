"""Results do not depend on how the logs were cut into batches and frames."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.topology.harness import OBSERVATIONS, RAW, SIGNALS, Outcome, demo, run

MESSAGES = 300
SIZES = st.lists(st.integers(1, 120), min_size=1, max_size=6)
ONE = [1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The outcome of one batch a topic."""
    return run(tmp_path_factory.mktemp("whole"), demo(MESSAGES))


def test_one_batch_decides_every_message(whole: Outcome) -> None:
    assert len(whole.verdicts) == len(whole.attributions) == MESSAGES
    assert not whole.dead_letters
    assert len(whole.tables["content.seen"]) == MESSAGES
    assert not whole.tables["decision.waiting"]
    assert all(whole.tables[f"entity.{kind}"] for kind in ("address", "pair", "domain", "thread"))


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=SIZES, observations=SIZES, signals=SIZES, frame_inputs=st.integers(1, 64))
@example(raw=ONE, observations=ONE, signals=ONE, frame_inputs=1)
@example(raw=[300], observations=[2, 1], signals=ONE, frame_inputs=1)
@example(raw=[7, 1], observations=ONE, signals=[3], frame_inputs=256)
def test_batches_and_frames_change_nothing(
    whole: Outcome,
    raw: list[int],
    observations: list[int],
    signals: list[int],
    frame_inputs: int,
) -> None:
    sizes = {RAW: raw, OBSERVATIONS: observations, SIGNALS: signals}
    with TemporaryDirectory() as directory:
        cut = run(Path(directory), demo(MESSAGES), sizes, frame_inputs=frame_inputs)
    assert cut.verdicts == whole.verdicts
    assert cut.attributions == whole.attributions
    assert cut.tables == whole.tables
