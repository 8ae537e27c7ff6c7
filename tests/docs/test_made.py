"""What is made from the code is up to date, and everything in it has its words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from detection_stream.decision.columns import LEVELS, MODEL_LEVEL, column_types, column_words
from detection_stream.export import schema as export
from detection_stream.model.schemas import schema
from detection_stream.profiles.kinds import KINDS
from tests.docs.made import REFERENCE, ROOT, made
from tests.docs.reference import FLOWS


@pytest.mark.parametrize("path", made(), ids=lambda path: path.name)
def test_it_is_up_to_date(path: Path) -> None:
    assert path.read_bytes() == made()[path], f"{path.relative_to(ROOT)} is stale: run `make docs`"


@pytest.mark.parametrize("page", sorted(REFERENCE.glob("*.md")), ids=lambda page: page.stem)
def test_no_cell_of_words_is_empty(page: Path) -> None:
    rows = re.findall(r"^\| (.*) \|$", page.read_text(), re.MULTILINE)
    assert len(rows) > 5
    for row in rows:
        assert re.search(r"\w{2}", row.rsplit(" | ", 1)[-1]) or row.startswith("---"), row


def test_every_topic_and_table_has_words() -> None:
    for flow in FLOWS:
        for topic in flow.topics:
            assert len(topic.description) > 8, topic.key
        for node in flow.stages:
            for name, described in node.stage.tables.items():
                assert all(described[:3]), name


def _listed(topic: str) -> dict[str, dict[str, Any]]:
    """The columns of each level that a schema lists."""
    (rows,) = (one for one in schema(topic)["oneOf"] if "blocks" in one["properties"])
    return {
        block["properties"]["level"]["const"]: block["properties"]["columns"]["properties"]
        for block in rows["properties"]["blocks"]["items"]["oneOf"]
    }


def test_schemas_list_every_column_with_type_and_words() -> None:
    assert _listed("observations")["observation"].keys() == {"input", *KINDS.columns}
    listed = _listed("signals")
    assert listed.keys() == {*LEVELS, MODEL_LEVEL}
    for level, columns in listed.items():
        assert columns.keys() == {"input", *column_types(level)}
        for name, column in columns.items():
            assert column["items"]["type"], (level, name)
            assert len(column["description"]) > 5, (level, name)
        assert column_words(level).keys() == column_types(level).keys()


def test_every_topic_of_frames_is_among_the_made_schemas() -> None:
    framed = {topic.key for flow in FLOWS for topic in flow.internal}
    assert framed == {path.stem for path in made() if path.suffix == ".json"}


def test_the_export_says_of_each_column_what_the_documents_say() -> None:
    signals = (REFERENCE / "signals.md").read_text()
    columns = (ROOT / "docs/export.md").read_text()
    for field in export.schema():
        words = field.metadata[b"description"].decode()
        if "." in field.name:
            kind, _, meaning = words.partition(": ")
            assert re.search(rf"^\| `{field.name}` \| {kind} \|", signals, re.MULTILINE)
            assert f"| {meaning} |" in signals
        else:
            assert f"`{field.name}`" in columns, field.name
