"""Every record of every topic is what its JSON Schema says."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import orjson
import pytest

from detection_stream.model.schemas import schema
from detection_stream.runtime.frames import encode_tick
from detection_stream.runtime.topic import TopicRole
from tests.topology.harness import demo, pipeline
from topologies import blueprints

EVENTS = ("verdicts", "attributions", "dead-letters", "observations", "signals")


@pytest.mark.parametrize("topic", EVENTS)
def test_records_fit_their_schema(tmp_path: Path, topic: str) -> None:
    with pipeline(tmp_path) as flow:
        flow.feed(demo(200))
        flow.feed_raw(b"", 0)
        flow.run()
        values = flow.values(topic)
    assert values
    validator = jsonschema.Draft202012Validator(schema(topic))
    for value in values:
        validator.validate(orjson.loads(value))


@pytest.mark.parametrize("topic", ["observations", "signals"])
def test_frames_have_the_columns_that_are_listed(tmp_path: Path, topic: str) -> None:
    with pipeline(tmp_path) as flow:
        flow.feed(demo(50))
        flow.run()
        blocks = [b for value in flow.values(topic) for b in orjson.loads(value)["blocks"]]
    assert blocks
    (rows,) = (one for one in schema(topic)["oneOf"] if "blocks" in one["properties"])
    listed = {
        block["properties"]["level"]["const"]: block["properties"]["columns"]["properties"]
        for block in rows["properties"]["blocks"]["items"]["oneOf"]
    }
    for block in blocks:
        assert block["columns"].keys() == listed[block["level"]].keys()


def test_every_topic_has_a_schema() -> None:
    for flow in (one.topology() for one in blueprints()):
        for topic in flow.topics:
            letters = topic.role is TopicRole.DEAD_LETTERS
            found = schema("dead-letters" if letters else topic.key)
            jsonschema.Draft202012Validator.check_schema(found)


def test_a_tick_fits_and_nonsense_does_not() -> None:
    validator = jsonschema.Draft202012Validator(schema("signals"))
    assert validator.is_valid(orjson.loads(encode_tick(1)))
    assert not validator.is_valid({"type": "rows"})
    verdicts = jsonschema.Draft202012Validator(schema("verdicts"))
    assert not verdicts.is_valid({"uid": "x"})
