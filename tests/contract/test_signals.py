"""What every signal keeps to, whatever it tells."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from detection_stream.decision.columns import LEVELS
from detection_stream.detectors.registry import load_detectors
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import Combine, Signal, Type, all_signals
from tests.contract import batches

TESTS = Path(__file__).parents[1]
NEVER_TOLD: dict[str, str] = {}
"""Signals that are NaN in all demo mail, each with the reason."""
SIGNED = {"message.date_skew_hours": "a clock can be behind as well as ahead"}
"""Signals that may be below 0, each with the reason."""

every_signal = pytest.mark.parametrize("signal", all_signals(), ids=lambda signal: signal.name)


@cache
def whole(signal: Signal) -> Any:
    """A signal over its whole batch."""
    return batches.levels()[signal.level].column(signal)


@every_signal
def test_it_is_declared_and_documented(signal: Signal) -> None:
    assert signal.level in LEVELS
    assert signal.type in get_args(Type)
    assert signal.combine in get_args(Combine)
    assert signal.description.endswith(".")
    assert signal.description[0].isupper()
    assert len(signal.description.split()) > 1


@every_signal
def test_it_gives_one_number_a_row_within_its_range(signal: Signal) -> None:
    column = whole(signal)
    assert column.dtype == np.float64
    assert column.shape == (batches.levels()[signal.level].size,)
    told = column[~np.isnan(column)]
    assert np.isfinite(told).all()
    assert (told >= 0).all() or signal.name in SIGNED
    if signal.type == "flag":
        assert np.isin(told, [0.0, 1.0]).all()
    if signal.type == "count" and "estimate" not in signal.description:
        assert (told == np.floor(told)).all()


@every_signal
def test_it_tells_something_of_demo_mail(signal: Signal) -> None:
    assert np.isnan(whole(signal)).all() == (signal.name in NEVER_TOLD)


@every_signal
def test_a_row_alone_has_the_same_bits(signal: Signal) -> None:
    batch = batches.levels()[signal.level]
    alone = [batch.column(signal, [place]) for place in range(batch.size)]
    assert np.concatenate(alone).tobytes() == whole(signal).tobytes()


@every_signal
def test_the_order_of_the_rows_does_not_matter(signal: Signal) -> None:
    batch = batches.levels()[signal.level]
    shuffled = np.random.default_rng(3).permutation(batch.size)
    assert batch.column(signal, shuffled).tobytes() == whole(signal)[shuffled].tobytes()


@every_signal
def test_of_no_rows_it_gives_no_numbers(signal: Signal) -> None:
    column = batches.levels()[signal.level].column(signal, [])
    assert column.shape == (0,)
    assert column.dtype == np.float64


@every_signal
def test_it_leaves_what_it_reads_as_it_is(signal: Signal) -> None:
    batch = batches.levels()[signal.level]
    arguments = tuple(batches.frozen(batch.given(np.arange(batch.size))))
    before = batch.fingerprint(arguments)
    for phrases in _shared_columns(arguments):
        phrases.flags.writeable = False
    assert signal.function(*arguments).tobytes() == whole(signal).tobytes()
    assert batch.fingerprint(arguments) == before


def _shared_columns(arguments: tuple[Any, ...]) -> list[Any]:
    """Columns that the signals of a message share."""
    (first, *_) = arguments
    return list(first.phrases.values()) if isinstance(first, MessageBatch) else []


@every_signal
def test_its_calls_do_not_grow_faster_than_the_rows(signal: Signal) -> None:
    """Signals of profiles are arrays throughout: as many calls for many rows as for few."""
    few, many = _calls(signal, 1), _calls(signal, 8)
    assert many <= few * (8 if signal.level == "message" else 1) + 100


def _calls(signal: Signal, times: int) -> int:
    """Calls of Python and of C functions for a batch of so many times fifty rows."""
    batch = batches.levels()[signal.level]
    chosen = np.tile(np.arange(min(50, batch.size)), times)
    arguments = batch.given(chosen)
    counted = 0

    def count(_: Any, event: str, __: Any) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    previous = sys.getprofile()
    sys.setprofile(count)
    try:
        signal.function(*arguments)
    finally:
        sys.setprofile(previous)
    return counted


@cache
def _named() -> str:
    """The text of all tests but these, and the names that detectors read."""
    files = (path for path in TESTS.rglob("*.py") if path.parent.name != "contract")
    used = load_detectors().signals_used
    return "\n".join([*(path.read_text() for path in files), *used]) + "\n"


@every_signal
def test_a_detector_or_a_test_names_it(signal: Signal) -> None:
    assert signal.name in _named()
