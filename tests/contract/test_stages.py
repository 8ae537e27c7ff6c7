"""What every stage of every topology keeps to, on the records that the topology itself makes."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest

from detection_stream.profiles.observation import FIELDS
from detection_stream.runtime.frames import encode_tick
from detection_stream.runtime.records import Record
from detection_stream.runtime.stage import PartitionInput
from detection_stream.runtime.topology import StageNode
from detection_stream.state.database import Database
from tests.contract.flow import (
    FRAME_INPUTS,
    WHOLE,
    Result,
    Running,
    Topics,
    feed,
    recorded,
    run_through,
)
from topologies import TOPOLOGIES, blueprint

NODES = {
    f"{name}-{node.name}": (name, node)
    for name in TOPOLOGIES
    for node in blueprint(name).topology().stages
}


def _over(*, framed: tuple[bool, ...]) -> pytest.MarkDecorator:
    chosen = {
        id: (name, node.name) for id, (name, node) in NODES.items() if node.stage.framed in framed
    }
    return pytest.mark.parametrize(("topology", "stage"), chosen.values(), ids=chosen)


every_stage = _over(framed=(True, False))
every_framed_stage = _over(framed=(True,))
every_unframed_stage = _over(framed=(False,))
TICKS = 4_000
"""More than the ticks of an hour: after them nothing may wait."""


def _node(topology: str, stage: str) -> StageNode:
    return blueprint(topology).topology().stage(stage)


def _records(topology: str, stage: str) -> list[Record]:
    return recorded(topology)[_node(topology, stage).reads.name]


@contextmanager
def _running(
    topology: str, stage: str, directory: Path, frame_inputs: int = FRAME_INPUTS
) -> Iterator[Running]:
    with closing(Database(directory)) as database:
        yield Running(_node(topology, stage), database, frame_inputs=frame_inputs)


def _result(
    topology: str,
    stage: str,
    records: Sequence[Record],
    *,
    size: int = WHOLE,
    frame_inputs: int = FRAME_INPUTS,
    prepare: bool = False,
) -> Result:
    with (
        TemporaryDirectory() as directory,
        _running(topology, stage, Path(directory), frame_inputs) as running,
    ):
        running.apply(records, size, prepare=prepare)
        return running.result()


@cache
def _whole(topology: str, stage: str) -> Result:
    """The result of all records in one batch."""
    return _result(topology, stage, _records(topology, stage))


@every_stage
def test_the_samples_let_it_work(topology: str, stage: str) -> None:
    assert len(_records(topology, stage)) > 3
    assert _whole(topology, stage).sent


@every_stage
@pytest.mark.parametrize(
    ("size", "frame_inputs"), [(1, FRAME_INPUTS), (7, FRAME_INPUTS), (7, 1), (WHOLE, 1)]
)
def test_cuts_change_nothing(topology: str, stage: str, size: int, frame_inputs: int) -> None:
    records = _records(topology, stage)
    assert _result(topology, stage, records, size=size, frame_inputs=frame_inputs) == _whole(
        topology, stage
    )


@every_stage
def test_what_was_prepared_elsewhere_changes_nothing(topology: str, stage: str) -> None:
    prepare = _node(topology, stage).stage.preparation()
    if prepare is None:
        return
    assert pickle.loads(pickle.dumps(prepare)) is not None
    records = _records(topology, stage)
    assert _result(topology, stage, records, size=7, prepare=True) == _whole(topology, stage)


@every_stage
def test_a_crash_repeats_and_loses_nothing(topology: str, stage: str, tmp_path: Path) -> None:
    records = _records(topology, stage)
    third = len(records) // 3
    with _running(topology, stage, tmp_path) as running:
        running.apply(records[:third])
        running.save()
        sent = {topic: list(found) for topic, found in running.sent.items()}
        running.apply(records[third : 2 * third], 3)
        lost = {topic: list(found) for topic, found in running.sent.items()}
        running.crash()
        running.sent.clear()
        running.sent.update(sent)
        running.apply(records[third : 2 * third], 3)
        assert running.sent == lost
        # Again, as a transport does that commits less than was applied.
        running.apply(records[third:])
        assert running.result() == _whole(topology, stage)


@every_stage
def test_its_tables_have_words(topology: str, stage: str) -> None:
    node = _node(topology, stage)
    for name, described in node.stage.tables.items():
        assert name
        assert described.row
        assert described.text
        assert described.kept
    assert _whole(topology, stage).tables.keys() == node.stage.tables.keys()


def _changed(records: Sequence[Record], change: Callable[[str, dict[str, Any]], None]) -> Any:
    """The same frames with the columns of their blocks changed in place."""
    for record in records:
        frame = orjson.loads(record.value)
        for block in frame["blocks"]:
            change(block["level"], block["columns"])
        yield record._replace(value=orjson.dumps(frame))


@every_framed_stage
def test_a_column_that_it_does_not_know_is_left_out(topology: str, stage: str) -> None:
    def add(_: str, columns: dict[str, Any]) -> None:
        columns["of_a_later_release"] = [0.5] * len(columns["input"])

    records = list(_changed(_records(topology, stage), add))
    assert _result(topology, stage, records, size=2) == _whole(topology, stage)


@every_framed_stage
def test_a_column_that_is_not_there_yet_is_taken_for_missing(topology: str, stage: str) -> None:
    """Signals and what observations tell; not which record or entity a row is about."""
    node = _node(topology, stage)

    def new(level: str) -> list[str]:
        types = node.stage.columns(level)
        return [name for name, kind in types.items() if kind is float or name in FIELDS]

    def remove(level: str, columns: dict[str, Any]) -> None:
        for name in new(level):
            del columns[name]

    def blank(level: str, columns: dict[str, Any]) -> None:
        for name in new(level):
            empty = None if node.stage.columns(level)[name] is float else 0
            columns[name] = [empty] * len(columns["input"])

    without, blanked = (
        _result(topology, stage, list(_changed(_records(topology, stage), change)), size=3)
        for change in (remove, blank)
    )
    assert without == blanked
    assert without.rows() == _whole(topology, stage).rows()
    assert without.sent != _whole(topology, stage).sent


@every_unframed_stage
def test_a_header_that_nobody_knows_is_left_out(topology: str, stage: str) -> None:
    records = [
        one._replace(headers={**one.headers, "of_a_later_release": b"1"})
        for one in _records(topology, stage)
    ]
    assert _result(topology, stage, records) == _whole(topology, stage)


@every_stage
@pytest.mark.parametrize("size", [3, WHOLE])
def test_nobody_waits_for_ever_for_a_row_that_fails(
    topology: str, stage: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, topics = blueprint(topology).topology(), Topics()
    node = flow.stage(stage)
    bad = len(_records(topology, stage)) // 2
    apply = node.stage.apply

    def broken(inputs: Sequence[PartitionInput]) -> None:
        for segments, _ in inputs:
            for segment in segments:
                if any(bad in rows["offset"] for rows in segment.blocks.values()):
                    raise ArithmeticError("a broken row")
        apply(inputs)

    monkeypatch.setattr(node.stage, "apply", broken)
    feed(flow, topics)
    with closing(Database(tmp_path)) as database:
        stages = [Running(one, database, topics) for one in flow.stages]
        run_through(topics, stages, size)
        letters = [orjson.loads(letter.value) for letter in topics[flow.dead_letters.name]]
        assert any(one["stage"] == stage and "broken row" in one["reason"] for one in letters)
        for running in stages:
            if running.node.name != stage:
                assert running.node.stage.pending(running.runner.state) == 0, "it was not told"
            if running.node.stage.framed:
                for _ in range(TICKS):
                    topics.send(running.node.reads.name, 0, None, encode_tick(0), 0)
        run_through(topics, stages)
        for running in stages:
            assert running.node.stage.pending(running.runner.state) == 0
            running.save()
            table = running.runner.state.tables.get(running.runner.state.volatile_table)
            assert table is None or not list(table.items())
