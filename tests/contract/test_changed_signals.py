"""Messages that wait while the set of signals changes are decided with the right values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson
import pytest

from detection_stream.decision.columns import LEVELS, column_types
from detection_stream.decision.decision_model import load_decision_model
from detection_stream.detectors.registry import DetectorSet, load_detectors
from detection_stream.runtime.frames import encode_tick
from detection_stream.runtime.records import Record
from detection_stream.signals import registry
from detection_stream.signals.registry import Signal, all_signals, signals_of
from detection_stream.stages.decision import DecisionStage
from detection_stream.state.database import Database
from tests.contract.flow import Running, recorded
from topologies import MAIL, blueprint

FLOW = blueprint(MAIL).topology()
NODE = next(node for node in FLOW.stages if isinstance(node.stage, DecisionStage))
ATTRIBUTIONS = FLOW.topic("attributions").name
VERDICTS = FLOW.topic("verdicts").name
TICKS = 31

Change = Callable[[dict[str, Signal]], None]
levels = pytest.mark.parametrize("level", [level for level in LEVELS if signals_of(level)])


@contextmanager
def _signals(change: Change) -> Iterator[None]:
    """Another set of signals, as in another release."""
    kept = {signal.name: signal for signal in all_signals()}
    changed = dict(kept)
    change(changed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_SIGNALS", changed)
        _forget()
        try:
            yield
        finally:
            patch.undo()
            _forget()


def _forget() -> None:
    for cached in (all_signals, signals_of, column_types):
        cached.cache_clear()


def _nothing(_: dict[str, Signal]) -> None:
    pass


@cache
def _detectors() -> DetectorSet:
    return load_detectors()


def _decided(change: Change, cut: int) -> list[dict[str, Any]]:
    """Attributions with their verdicts; the signals change when so many records are applied.

    Before the change messages wait: the rows of profiles stand behind those of messages.
    """
    records = recorded(MAIL)[NODE.reads.name]
    at = records[-1].offset + 1
    ticks = [Record(at + n, 0, None, encode_tick(0), {}) for n in range(TICKS)]
    stage = DecisionStage(
        _detectors(), load_decision_model(), VERDICTS, ATTRIBUTIONS, FLOW.topic("takeovers").name
    )
    with (
        TemporaryDirectory() as directory,
        closing(Database(Path(directory))) as database,
    ):
        running = Running(NODE._replace(stage=stage), database)
        running.apply(records[:cut])
        running.save()
        assert stage.pending(running.runner.state) > 0
        with _signals(change):
            running.crash()
            running.apply([*records[cut:], *ticks])
        assert stage.pending(running.runner.state) == 0
        verdicts, attributions = (
            [orjson.loads(one.value) for one in running.sent[topic]]
            for topic in (VERDICTS, ATTRIBUTIONS)
        )
    return [
        {"verdict": verdict, **attribution}
        for verdict, attribution in zip(verdicts, attributions, strict=True)
    ]


def _cuts() -> list[int]:
    """After the rows of messages, and in the middle of those of profiles."""
    records = recorded(MAIL)[NODE.reads.name]
    frames = [orjson.loads(record.value)["blocks"][0]["level"] for record in records]
    first = frames.index(next(level for level in frames if level != "message"))
    return [first, (first + len(records)) // 2]


@cache
def _usual() -> list[dict[str, Any]]:
    return _decided(_nothing, _cuts()[0])


def _among(level: str) -> Signal:
    """A signal of a level that others stand in front of and behind, if there are three."""
    found = signals_of(level)
    return found[len(found) // 2]


def _told(decided: list[dict[str, Any]], *without: str) -> list[dict[str, Any]]:
    """The signals of each decision, without some."""
    return [
        {name: value for name, value in one["signals"].items() if name not in without}
        for one in decided
    ]


@levels
@pytest.mark.parametrize("where", [0, 1], ids=["before profiles", "amid profiles"])
def test_a_signal_that_was_added_is_missing(level: str, where: int) -> None:
    """It stands in front of all others, so that every place moves."""
    added = f"{level}.a_new_one"
    assert added < signals_of(level)[0].name

    def add(signals: dict[str, Signal]) -> None:
        signals[added] = replace(_among(level), name=added, type="count")

    decided = _decided(add, _cuts()[where])
    assert _told(decided) == _told(_usual())
    assert [one["verdict"] for one in decided] == [one["verdict"] for one in _usual()]


@levels
@pytest.mark.parametrize("where", [0, 1], ids=["before profiles", "amid profiles"])
def test_a_signal_that_was_removed_is_left_out(level: str, where: int) -> None:
    gone = _among(level).name

    def remove(signals: dict[str, Signal]) -> None:
        del signals[gone]

    decided = _decided(remove, _cuts()[where])
    assert any(gone in one["signals"] for one in _usual())
    assert _told(decided) == _told(_usual(), gone)


@levels
def test_a_signal_that_was_renamed_is_missing_under_its_new_name(level: str) -> None:
    old, new = _among(level).name, f"{level}.zzz"

    def rename(signals: dict[str, Signal]) -> None:
        signals[new] = replace(signals.pop(old), name=new, type="count")

    assert _told(_decided(rename, _cuts()[0])) == _told(_usual(), old)


def test_of_a_new_signal_a_detector_has_no_value() -> None:
    values: list[Any] = []

    class Watching(DetectorSet):
        def evaluate(self, columns: Any, size: int) -> Any:
            values.append(columns["message.a_new_one"])
            return super().evaluate(columns, size)

    def add(signals: dict[str, Signal]) -> None:
        signals["message.a_new_one"] = replace(_among("message"), name="message.a_new_one")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}._detectors", lambda: Watching(load_detectors().detectors))
        _decided(add, _cuts()[0])
    assert len(np.concatenate(values)) == len(_usual())
    assert np.isnan(np.concatenate(values)).all()
