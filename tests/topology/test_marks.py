"""Resent frames change nothing; frames after a gap are ignored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detection_stream.runtime.frames import Frame
from tests.topology.harness import OBSERVATIONS, RAW, SIGNALS, WHOLE, Pipeline, demo, pipeline

MESSAGES = 120


@contextmanager
def _fed(directory: Path, frame_inputs: int) -> Iterator[Pipeline]:
    with pipeline(directory, frame_inputs=frame_inputs) as flow:
        flow.feed(demo(MESSAGES))
        yield flow


@pytest.fixture
def observed(tmp_path: Path) -> tuple[list[bytes], list[bytes]]:
    """The content stage's observations, cut in two ways."""
    cuts = []
    for name, frame_inputs, sizes in (("first", 7, [20, 11]), ("second", 3, [16, 5, 2])):
        with _fed(tmp_path / name, frame_inputs) as flow:
            flow.drain(RAW, sizes)
            cuts.append(flow.values(OBSERVATIONS))
    assert cuts[0] != cuts[1]
    return cuts[0], cuts[1]


@pytest.mark.parametrize("size", [1, 4, 1 << 30])
def test_observations_sent_again_are_dropped(
    tmp_path: Path, observed: tuple[list[bytes], list[bytes]], size: int
) -> None:
    first, second = observed
    with _fed(tmp_path / "once", 7) as flow:
        flow.repeat(OBSERVATIONS, first)
        flow.drain(OBSERVATIONS)
        once = flow.tables()
    half = len(first) // 2
    with _fed(tmp_path / "again", 7) as flow:
        flow.repeat(OBSERVATIONS, [*first[:half], *second, *first])
        flow.drain(OBSERVATIONS, [size])
        assert flow.tables() == once
        assert flow.counts(OBSERVATIONS)["frames_repeated"] > half
        assert "frames_ignored" not in flow.counts(OBSERVATIONS)


def test_outputs_are_those_of_rows_sent_once(
    tmp_path: Path, observed: tuple[list[bytes], list[bytes]]
) -> None:
    first, second = observed
    half = len(first) // 2
    outcomes = []
    for name, values in (("once", first), ("again", [*first[:half], *second, *first])):
        with _fed(tmp_path / name, 7) as flow:
            flow.drain(RAW)
            flow.topics[OBSERVATIONS].clear()
            flow.repeat(OBSERVATIONS, values)
            flow.drain(OBSERVATIONS, [9])
            flow.drain(SIGNALS)
            outcomes.append(flow.outcome())
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0].verdicts) == MESSAGES


@pytest.mark.parametrize("size", [1, 5, 1 << 30])
def test_signals_sent_again_are_dropped(tmp_path: Path, size: int) -> None:
    signals = []
    for name, frame_inputs, sizes in (("first", 7, [20, 11]), ("second", 3, [16, 5, 2])):
        with _fed(tmp_path / name, 5) as flow:
            flow.drain(RAW)
            for topic in (RAW, OBSERVATIONS):
                flow.runners[topic].packing.frame_inputs = frame_inputs
            flow.drain(OBSERVATIONS, sizes)
            signals.append(flow.values(SIGNALS))
            if name == "first":
                flow.drain(SIGNALS)
                once = flow.outcome()
    first, second = signals
    assert first != second
    with _fed(tmp_path / "again", 5) as flow:
        flow.drain(RAW)
        flow.drain(OBSERVATIONS)
        flow.topics[SIGNALS].clear()
        flow.repeat(SIGNALS, [*first[: len(first) * 3 // 4], *second, *first])
        flow.drain(SIGNALS, [size])
        assert flow.counts(SIGNALS)["frames_repeated"] > 0
        assert flow.outcome() == once


@pytest.mark.parametrize("topic", [OBSERVATIONS, SIGNALS])
def test_a_frame_behind_a_hole_is_ignored(tmp_path: Path, topic: str) -> None:
    with _fed(tmp_path, 10) as flow:
        flow.drain(RAW)
        frames = flow.values(topic)
        flow.topics[topic].clear()
        flow.repeat(topic, frames[:3])
        flow.drain(topic)
        before = flow.tables()
        sent = {name: flow.values(name) for name in flow.topics if name != topic}
        marks = dict(flow.runners[topic].state.progress.marks)
        flow.repeat(topic, frames[4:6])
        flow.drain(topic)
        assert flow.counts(topic)["frames_ignored"] == 2
        assert flow.tables() == before
        assert {name: flow.values(name) for name in flow.topics if name != topic} == sent
        assert flow.runners[topic].state.progress.marks == marks


def test_what_was_behind_a_hole_is_taken_when_it_is_sent_again(
    tmp_path: Path, observed: tuple[list[bytes], list[bytes]]
) -> None:
    first, second = observed
    tables = []
    for name, values in (("once", first), ("hole", [*first[:3], *first[4:], *second])):
        with _fed(tmp_path / name, 7) as flow:
            flow.repeat(OBSERVATIONS, values)
            flow.drain(OBSERVATIONS, WHOLE)
            tables.append(flow.tables())
    assert tables[0] == tables[1]


def test_without_marks_rows_count_twice(
    tmp_path: Path, observed: tuple[list[bytes], list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_blocks(frame: Frame, _: object) -> list[object]:
        return list(frame.blocks)

    monkeypatch.setattr("detection_stream.runtime.incoming.admit", all_blocks)
    first, second = observed
    tables = []
    for name, values in (("once", first), ("again", [*first[: len(first) // 2], *second])):
        with _fed(tmp_path / name, 7) as flow:
            flow.repeat(OBSERVATIONS, values)
            flow.drain(OBSERVATIONS)
            tables.append(flow.tables())
    assert tables[0].keys() == tables[1].keys()
    assert tables[0] != tables[1]
