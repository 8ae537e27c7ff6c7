"""Whatever its sender adds, an attack that rules flag stays flagged.

What only the decision model flags is less robust: history lowers its score, and a sender can write
harmless messages first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.decision.made_models import by_one
from tests.metamorphic.registry import transformations
from tests.metamorphic.rehearsal import Rehearsal
from tests.metamorphic.weak import WEAK

MIN_SHARE = 0.95
"""Share of the attacks flagged by rules that each transformation must leave flagged."""
MIN_SHARE_WITH_MODEL = 0.8
"""The same of all flagged attacks."""
_MESSAGES = 10_000
_SEED = 1
_QUICK_MESSAGES = 2_500
_QUICK = (
    "auto_generated",
    "results_on_top",
    "internal_hop",
    "subject_of_reply",
    "address_as_name",
    "entities",
    "filler_display_none",
    "html_alone",
    "preludes_3_days",
    "identity_missing",
)
"""At least one of each family."""


_MODEL = "topologies.message_detection.load_decision_model"


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """The demo organisation, decided by rules alone."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as place:
        patch.setattr(_MODEL, lambda: by_one("message.inbound", -16.0, -16.0))
        yield Rehearsal(Path(place), _MESSAGES, _SEED, ordinary=False)


@pytest.fixture(scope="module")
def small_rehearsal() -> Iterator[Rehearsal]:
    """A quarter of it, decided by rules and model."""
    with TemporaryDirectory() as place:
        yield Rehearsal(Path(place), _QUICK_MESSAGES, _SEED, ordinary=False)


def _each(names: tuple[str, ...]) -> list[object]:
    return [
        pytest.param(name, marks=pytest.mark.xfail(reason=WEAK[name], strict=True))
        if name in WEAK
        else name
        for name in names
    ]


def _check(name: str, rehearsal: Rehearsal, least: float) -> None:
    survival = rehearsal.survival(transformations()[name], rehearsal.attacks)
    assert survival.applied >= 5, "too few attacks to say anything"
    assert survival.share >= least, dict(survival.lost.most_common(10))


@pytest.mark.slow
@pytest.mark.parametrize("name", _each(tuple(transformations())))
def test_attacks_stay_flagged(name: str, rehearsal: Rehearsal) -> None:
    _check(name, rehearsal, MIN_SHARE)


@pytest.mark.parametrize("name", _each(_QUICK))
def test_some_attacks_stay_flagged(name: str, small_rehearsal: Rehearsal) -> None:
    _check(name, small_rehearsal, MIN_SHARE_WITH_MODEL)


def test_what_is_weak_exists() -> None:
    assert set(WEAK) <= set(transformations())
