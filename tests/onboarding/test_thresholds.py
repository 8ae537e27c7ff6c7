"""The threshold is the lowest that keeps to the target, and attacks do not raise it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detection_stream.onboarding.thresholds import (
    MIN_SUSPICIOUS,
    STEPS,
    USUAL,
    choose,
)

SCORES = st.lists(st.floats(0, 1).map(lambda score: round(score, 6)), max_size=60)


@given(SCORES, st.floats(0, 0.2))
def test_it_is_the_lowest_within_the_target(scores: list[float], target: float) -> None:
    chosen = choose(scores, [False] * len(scores), target)
    assert MIN_SUSPICIOUS <= chosen.suspicious <= USUAL.malicious
    assert chosen.harmless == len(scores)
    if chosen.suspicious < USUAL.malicious:
        assert chosen.rate <= target
    lower = chosen.suspicious - 1 / STEPS
    if lower >= MIN_SUSPICIOUS:
        assert sum(score >= lower for score in scores) > target * len(scores)


def test_what_is_surely_an_attack_is_no_false_alert() -> None:
    scores = [0.0] * 98 + [0.99, 0.6]
    presumed = choose(scores, [None] * 100, 0.0)
    assert (presumed.suspicious, presumed.presumed_attacks, presumed.harmless) == (0.601, 1, 99)
    labelled = choose(scores, [None] * 98 + [True, True], 0.0)
    assert (labelled.suspicious, labelled.presumed_attacks, labelled.harmless) == (
        MIN_SUSPICIOUS,
        0,
        98,
    )
    false = choose(scores, [False] * 100, 0.0)
    assert false.suspicious == USUAL.malicious
    assert false.rate == 0.01


def test_a_threshold_that_was_given_stays() -> None:
    chosen = choose([0.6, 0.1], [False, False], 0.0, 0.55)
    assert (chosen.suspicious, chosen.rate, chosen.usual_rate) == (0.55, 0.5, 0.5)


def test_what_has_no_label_counts_by_how_probably_it_is_harmless() -> None:
    scores = [0.8] * 4 + [0.0] * 96
    assert choose(scores, [None] * 100, 0.01).suspicious == MIN_SUSPICIOUS
    assert choose(scores, [False] * 100, 0.01).suspicious == 0.801
    assert choose(scores, [None] * 100, 0.0).rate == 0.0
