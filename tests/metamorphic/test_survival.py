"""Whatever its sender adds, an attack that is flagged stays flagged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.metamorphic.registry import transformations
from tests.metamorphic.rehearsal import Rehearsal
from tests.metamorphic.weak import WEAK

MIN_SHARE = 0.95
"""Share of the flagged attacks that each transformation must leave flagged."""
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


def _rehearsal(messages: int) -> Iterator[Rehearsal]:
    with TemporaryDirectory() as place:
        yield Rehearsal(Path(place), messages, _SEED, ordinary=False)


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """The demo organisation."""
    yield from _rehearsal(_MESSAGES)


@pytest.fixture(scope="module")
def small_rehearsal() -> Iterator[Rehearsal]:
    """A quarter of it."""
    yield from _rehearsal(_QUICK_MESSAGES)


def _each(names: tuple[str, ...]) -> list[object]:
    return [
        pytest.param(name, marks=pytest.mark.xfail(reason=WEAK[name], strict=True))
        if name in WEAK
        else name
        for name in names
    ]


def _check(name: str, rehearsal: Rehearsal) -> None:
    survival = rehearsal.survival(transformations()[name], rehearsal.attacks)
    assert survival.applied >= 5, "too few attacks to say anything"
    assert survival.share >= MIN_SHARE, dict(survival.lost.most_common(10))


@pytest.mark.slow
@pytest.mark.parametrize("name", _each(tuple(transformations())))
def test_attacks_stay_flagged(name: str, rehearsal: Rehearsal) -> None:
    _check(name, rehearsal)


@pytest.mark.parametrize("name", _each(_QUICK))
def test_some_attacks_stay_flagged(name: str, small_rehearsal: Rehearsal) -> None:
    _check(name, small_rehearsal)


def test_what_is_weak_exists() -> None:
    assert set(WEAK) <= set(transformations())
