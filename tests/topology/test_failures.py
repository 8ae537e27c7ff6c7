"""Only unreadable or failing rows are dead-lettered; all others get verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from detection_stream.errors import StageError
from detection_stream.model.batch import Rows
from detection_stream.profiles.kind import Kind
from detection_stream.profiles.records import Records
from detection_stream.runtime.policies import MAX_FIRST_BYTES, Policies, Policy
from detection_stream.runtime.stage import PartitionInput
from detection_stream.stages.content import ContentStage
from tests.topology.harness import (
    DEAD_LETTERS,
    OBSERVATIONS,
    RAW,
    SIGNALS,
    VERDICTS,
    Pipeline,
    demo,
    pipeline,
    run,
)

MESSAGES = 60
BROKEN_AT = 23
UNREADABLE = b"\x00 no header line here\n" * 100


def _verdicts(flow: Pipeline) -> list[dict[str, Any]]:
    return [orjson.loads(value) for value in flow.values(VERDICTS)]


def _letters(flow: Pipeline) -> list[dict[str, Any]]:
    return [orjson.loads(value) for value in flow.values(DEAD_LETTERS)]


def _feed_one_unreadable(flow: Pipeline) -> None:
    messages = demo(MESSAGES)
    flow.feed(messages[:BROKEN_AT])
    flow.feed_raw(UNREADABLE, messages[BROKEN_AT].received_at, source="box:7")
    flow.feed(messages[BROKEN_AT:])


def _break_content(monkeypatch: pytest.MonkeyPatch, offset: int) -> list[int]:
    """Let the content stage fail after it has applied the row at an offset; returns input sizes."""
    apply = ContentStage.apply
    sizes: list[int] = []

    def broken(self: ContentStage, inputs: Sequence[PartitionInput]) -> None:
        offsets = inputs[0].segments[0].blocks["record"]["offset"].tolist()
        sizes.append(len(offsets))
        apply(self, inputs)
        if offset in offsets:
            raise ValueError("a broken signal")

    monkeypatch.setattr(ContentStage, "apply", broken)
    return sizes


@pytest.mark.parametrize("size", [1, 10, 1 << 30])
def test_an_unreadable_message_is_a_dead_letter(tmp_path: Path, size: int) -> None:
    readable = run(tmp_path / "readable", demo(MESSAGES))
    with pipeline(tmp_path / "mixed") as flow:
        _feed_one_unreadable(flow)
        flow.run({RAW: [size]})
        (letter,) = _letters(flow)
        assert flow.values(VERDICTS) == readable.verdicts
        assert flow.counts(RAW)["decode_failures"] == 1
    assert "header" in letter.pop("reason")
    assert letter == {
        "topic": RAW,
        "partition": 0,
        "offset": BROKEN_AT,
        "stage": "content",
        "phase": "decode",
        "source": "box:7",
        "size": len(UNREADABLE),
        "first_bytes": UNREADABLE[:MAX_FIRST_BYTES].decode(),
    }


def test_a_record_that_is_no_frame_is_a_dead_letter(tmp_path: Path) -> None:
    undisturbed = run(tmp_path / "undisturbed", demo(MESSAGES))
    with pipeline(tmp_path / "disturbed") as flow:
        flow.feed(demo(MESSAGES))
        flow.repeat(OBSERVATIONS, [b"[1, 2"])
        flow.run()
        (letter,) = _letters(flow)
        assert (letter["topic"], letter["offset"]) == (OBSERVATIONS, 0)
        assert (letter["stage"], letter["phase"]) == ("entity", "decode")
        assert letter["first_bytes"] == "[1, 2"
        assert flow.values(VERDICTS) == undisturbed.verdicts


@pytest.mark.parametrize("size", [1, 16, 1 << 30])
def test_a_failure_is_bisected_to_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    messages = demo(MESSAGES)
    others = run(tmp_path / "others", messages[:BROKEN_AT] + messages[BROKEN_AT + 1 :])
    sizes = _break_content(monkeypatch, BROKEN_AT)
    with pipeline(tmp_path / "broken") as flow:
        flow.feed(messages)
        flow.run({RAW: [size]})
        (letter,) = _letters(flow)
        assert flow.values(VERDICTS) == others.verdicts
        assert flow.values("attributions") == others.attributions
        assert flow.counts(RAW)["process_failures"] == 1
        assert flow.counts(RAW)["messages"] == MESSAGES - 1
        tables = flow.tables()
    # Both hold offsets, which the row that failed has moved.
    moved = {"content.seen", "decision.writing"}
    assert {name: rows for name, rows in tables.items() if name not in moved} == {
        name: rows for name, rows in others.tables.items() if name not in moved
    }
    assert tables["content.seen"].keys() == others.tables["content.seen"].keys()
    assert letter["offset"] == BROKEN_AT
    assert (letter["stage"], letter["phase"]) == ("content", "process")
    assert letter["reason"] == "ValueError: a broken signal"
    assert letter["first_bytes"] == messages[BROKEN_AT].raw[:MAX_FIRST_BYTES].decode(
        "utf-8", "replace"
    )
    assert 1 in sizes


@pytest.mark.parametrize("phase", ["decode", "process"])
def test_policy_fail_stops_and_leaves_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    policies = replace(Policies(), **{phase: Policy.FAIL})
    if phase == "process":
        _break_content(monkeypatch, BROKEN_AT)
    with pipeline(tmp_path, policies=policies) as flow:
        if phase == "process":
            flow.feed(demo(MESSAGES))
        else:
            _feed_one_unreadable(flow)
        place = rf"content: messages\.raw/0 offset {BROKEN_AT}: .*{phase} policy is fail"
        with pytest.raises(StageError, match=place):
            flow.drain(RAW, [10])
        assert flow.runners[RAW].state.progress.applied == BROKEN_AT // 10 * 10 - 1
        assert not flow.values(DEAD_LETTERS)
        assert len(flow.tables()["content.seen"]) == BROKEN_AT // 10 * 10


@pytest.mark.parametrize("phase", ["decode", "process"])
def test_policy_skip_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str) -> None:
    policies = replace(Policies(), **{phase: Policy.SKIP})
    if phase == "process":
        _break_content(monkeypatch, BROKEN_AT)
    with pipeline(tmp_path, policies=policies) as flow:
        if phase == "process":
            flow.feed(demo(MESSAGES))
        else:
            _feed_one_unreadable(flow)
        flow.run()
        assert flow.counts(RAW)[f"{phase}_failures"] == 1
        assert not flow.values(DEAD_LETTERS)
        assert len(flow.values(VERDICTS)) == MESSAGES - (phase == "process")


def test_a_stage_error_is_not_bisected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def broken(_: ContentStage, inputs: Sequence[PartitionInput]) -> None:
        calls.append(len(inputs[0].segments[0]))
        raise StageError("the disk is full")

    monkeypatch.setattr(ContentStage, "apply", broken)
    with pipeline(tmp_path) as flow:
        flow.feed(demo(MESSAGES))
        with pytest.raises(StageError, match="disk is full"):
            flow.drain(RAW)
    assert calls == [MESSAGES]


@pytest.mark.parametrize("size", [1, 1 << 30])
def test_a_failed_level_is_named_by_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    update = Kind.update

    def broken(kind: Kind, rows: Records, seen: Rows) -> None:
        if kind.name == "name" and BROKEN_AT in seen["origin_offset"]:
            raise ArithmeticError("a broken profile")
        update(kind, rows, seen)

    whole = run(tmp_path / "whole", demo(MESSAGES))
    monkeypatch.setattr(Kind, "update", broken)
    with pipeline(tmp_path / "broken", frame_inputs=8) as flow:
        flow.feed(demo(MESSAGES))
        flow.run({OBSERVATIONS: [size]})
        verdicts = _verdicts(flow)
        (letter,) = _letters(flow)
        assert not flow.tables()["decision.waiting"]
    uid = orjson.loads(whole.verdicts[BROKEN_AT])["uid"]
    missing = {verdict["uid"]: verdict["missing_levels"] for verdict in verdicts}
    assert len(verdicts) == len(missing) == MESSAGES
    assert missing.pop(uid) == ["name"]
    assert not any(missing.values())
    assert {verdict["revision"] for verdict in verdicts} == {1}
    assert (letter["topic"], letter["stage"], letter["phase"]) == (
        OBSERVATIONS,
        "entity",
        "process",
    )
    assert letter["reason"] == "ArithmeticError: a broken profile"


@pytest.mark.parametrize(
    "value",
    [
        {"type": "control", "version": 1, "control": {"write": "begin"}},
        {"type": "control", "version": 1, "control": {"write": "end", "at": "x"}},
        {"type": "control", "version": 1, "control": {"write": "end", "at": 1e300}},
        {"type": "control", "version": 1, "control": {"write": "sideways"}},
        {"type": "control", "version": 1, "control": 7},
    ],
)
def test_a_control_that_nobody_knows_is_set_aside(tmp_path: Path, value: dict[str, Any]) -> None:
    with pipeline(tmp_path) as flow:
        flow.repeat(SIGNALS, [orjson.dumps(value)])
        flow.feed(demo(5))
        flow.run()
        assert len(flow.values(DEAD_LETTERS)) == 1
        assert len(flow.values(VERDICTS)) == 5


def test_a_block_without_rows_changes_nothing(tmp_path: Path) -> None:
    block = {"level": "message", "count": 0, "columns": {}}
    frame = {"type": "rows", "version": 1, "sender": "x/0", "from": -1, "to": 5, "blocks": [block]}
    with pipeline(tmp_path) as flow:
        flow.repeat(SIGNALS, [orjson.dumps(frame)])
        flow.feed(demo(5))
        flow.run()
        assert not flow.values(DEAD_LETTERS)
        assert len(flow.values(VERDICTS)) == 5
