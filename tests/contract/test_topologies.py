"""What every topology keeps to, and what nobody may ask of one."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

import detection_stream
from detection_stream.errors import InputError
from detection_stream.model.schemas import schema
from detection_stream.runtime.blueprint import combine
from detection_stream.runtime.stage import PartitionInput, Stage
from detection_stream.runtime.topic import Retention, Topic, TopicRole
from detection_stream.runtime.topology import Topology
from topologies import TOPOLOGIES, blueprint

SOURCE = Path(detection_stream.__path__[0])
MAY_NAME_TOPOLOGIES = {"cli", "replay/code_version.py"}
"""Folders and files that import the package of topologies."""

_RETENTION = Retention(1, 1)
every_topology = pytest.mark.parametrize("name", TOPOLOGIES)


@every_topology
def test_an_internal_topic_has_one_reader_and_a_writer(name: str) -> None:
    flow = blueprint(name).topology()
    for topic in flow.internal:
        assert sum(node.reads == topic for node in flow.stages) == 1
        assert any(topic in node.writes for node in flow.stages)


@every_topology
def test_stages_read_and_write_its_topics(name: str) -> None:
    flow = blueprint(name).topology()
    for node in flow.stages:
        assert {node.reads, *node.writes} <= set(flow.topics)
        assert node.dead_letters == flow.dead_letters
        assert node.reads.role in {TopicRole.SOURCE, TopicRole.INTERNAL}
        assert node.stage.framed == (node.reads.role is TopicRole.INTERNAL)
        assert flow.stage(node.name) == flow.reader(node.reads.name) == node
        assert all(flow.keeper(table) == node for table in node.stage.tables)
    for topic in flow.outputs:
        assert any(topic in node.writes for node in flow.stages)


@every_topology
def test_a_stage_stands_behind_those_whose_rows_it_reads(name: str) -> None:
    written: set[Topic] = set(blueprint(name).topology().sources)
    for node in blueprint(name).topology().stages:
        assert node.reads in written
        written |= set(node.writes)


@every_topology
def test_a_source_has_an_id_of_its_own(name: str) -> None:
    flow = blueprint(name).topology()
    ids = [topic.id for topic in flow.sources]
    assert ids
    assert len(set(ids)) == len(ids)
    assert all(1 <= one <= 255 for one in ids)
    assert all(flow.source_of(topic.id) == topic for topic in flow.sources)
    assert not any(topic.id for topic in flow.topics if topic.role is not TopicRole.SOURCE)
    with pytest.raises(InputError):
        flow.source_of(0)


@every_topology
def test_a_topic_has_a_schema_words_and_a_retention(name: str) -> None:
    for topic in blueprint(name).topology().topics:
        described = schema(topic.key)
        jsonschema.Draft202012Validator.check_schema(described)
        assert described.get("description") or described.get("title")
        assert topic.description
        assert topic.retention.seconds >= 0
        assert topic.retention.size >= 0


@every_topology
def test_downstream_is_what_a_walk_finds(name: str) -> None:
    flow = blueprint(name).topology()

    def walk(topic: Topic, found: set[Topic]) -> set[Topic]:
        for node in flow.stages:
            if node.reads == topic:
                for written in node.writes:
                    if written not in found and any(n.reads == written for n in flow.stages):
                        found |= {written, *walk(written, found | {written})}
        return found

    for topic in flow.topics:
        downstream = flow.downstream(topic)
        assert len(set(downstream)) == len(downstream)
        assert set(downstream) == walk(topic, set())


class _Passing(Stage):
    """A stage that does nothing."""

    framed = True

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc] # one class for all of them
        self.tables = {}

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Nothing."""


def test_downstream_goes_all_the_way() -> None:
    flow = Topology("chain")
    flow.add_dead_letters(_RETENTION, "x")
    first = flow.add_source("a", "a", id=1, retention=_RETENTION, description="x")
    between = [flow.add_internal(key, _RETENTION, "x") for key in "bcd"]
    for reads, writes in pairwise([first, *between]):
        flow.add_stage(_Passing(f"to-{writes.key}"), reads=reads, writes=[writes])
    assert flow.downstream(first) == tuple(between[:2])
    flow.add_stage(_Passing("last"), reads=between[2], writes=[])
    assert [flow.downstream(one) for one in (first, *between)] == [
        tuple(between[n:]) for n in range(4)
    ]


@every_topology
def test_a_blueprint_goes_to_another_process(name: str) -> None:
    plan = blueprint(name, "a.", 3)
    again = pickle.loads(pickle.dumps(plan))
    assert again == plan
    assert again.topology(4).topics == plan.topology(4).topics


@every_topology
def test_versions_share_what_users_get_and_nothing_else(name: str) -> None:
    one, two = blueprint(name).topology(), blueprint(name, version=2).topology()
    own = {TopicRole.INTERNAL, TopicRole.DEAD_LETTERS}
    for topic, other in zip(one.topics, two.topics, strict=True):
        assert (topic.name != other.name) == (topic.role in own), topic.key
    assert one.group != two.group
    changelogs = {node.changelog for flow in (one, two) for node in flow.stages}
    assert len(changelogs) == 2 * len(one.stages)


@every_topology
def test_a_prefix_is_in_front_of_all_names(name: str) -> None:
    flow = blueprint(name, "blue.").topology()
    names = [topic.name for topic in flow.topics] + [node.changelog for node in flow.stages]
    assert all(one.startswith("blue.") for one in [*names, flow.group])
    assert len(set(names)) == len(names)


def _twins(id: int, source: str, description: str = "x") -> Topology:
    flow = Topology("twins")
    flow.add_source(source, f"{source}.raw", id=id, retention=_RETENTION, description="of a test")
    flow.add_dead_letters(_RETENTION, description)
    return flow


@every_topology
def test_it_does_not_run_twice_in_one_process(name: str) -> None:
    flow = blueprint(name).topology()
    assert combine(flow).topics == flow.topics
    with pytest.raises(ValueError, match=name):
        combine(flow, flow)


@pytest.mark.parametrize(
    "other",
    [_twins(1, "one"), _twins(2, "one"), _twins(1, "two"), _twins(2, "two", "another")],
    ids=[
        "the same",
        "a source of the same name",
        "a source of the same id",
        "a topic that differs",
    ],
)
def test_what_is_there_twice_is_refused(other: Topology) -> None:
    with pytest.raises(ValueError, match="twins"):
        combine(_twins(1, "one"), other)
    whole = combine(_twins(1, "one"), _twins(2, "two"))
    assert [topic.id for topic in whole.sources] == [1, 2]


def test_every_name_is_known_and_no_other() -> None:
    with pytest.raises(InputError):
        blueprint("nonsense")


def _files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def test_only_commands_choose_a_topology() -> None:
    for path in _files():
        place = path.relative_to(SOURCE).as_posix()
        if place.split("/")[0] in MAY_NAME_TOPOLOGIES or place in MAY_NAME_TOPOLOGIES:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "")
            assert not any(one.split(".")[0] == "topologies" for one in names), place


def test_no_stage_or_source_is_asked_for_by_its_position() -> None:
    by_position = re.compile(r"\.(stages|sources|entries|internal|outputs|topics)\[-?\d")
    for path in _files():
        assert not by_position.search(path.read_text()), path
