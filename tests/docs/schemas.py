"""JSON Schemas of the topics of frames: their columns are those that the code knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from detection_stream.decision.columns import LEVELS, MODEL_LEVEL, column_types, column_words
from detection_stream.model.schemas import schema
from detection_stream.profiles.kinds import KINDS
from detection_stream.runtime.frames import INPUT

TYPES: dict[type, Any] = {int: "integer", float: ["number", "null"], str: "string"}
"""A float is null where it is missing."""

Columns = Mapping[str, tuple[type, str]]


def framed() -> dict[str, bytes]:
    """The schema of each topic of frames, completed with its columns."""
    observation = {name: (field.type, field.words) for name, field in KINDS.columns.items()}
    levels = {level: _described(level) for level in (*LEVELS, MODEL_LEVEL)}
    return {
        "observations": _completed("observations", {"observation": observation}),
        "signals": _completed("signals", levels),
    }


def _described(level: str) -> Columns:
    said = column_words(level)
    return {name: (kind, said[name]) for name, kind in column_types(level).items()}


def _completed(topic: str, levels: Mapping[str, Columns]) -> bytes:
    whole = schema(topic)
    (rows,) = (one for one in whole["oneOf"] if "blocks" in one["properties"])
    rows["properties"]["blocks"]["items"] = {
        "oneOf": [_block(level, columns) for level, columns in levels.items()]
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _block(level: str, columns: Columns) -> dict[str, Any]:
    known = {INPUT: (int, "offset of the row in the sender's input"), **columns}
    return {
        "type": "object",
        "required": ["level", "count", "columns"],
        "properties": {
            "level": {"const": level},
            "count": {"type": "integer"},
            "columns": {
                "type": "object",
                "required": list(known),
                "properties": {
                    name: {"description": words, "type": "array", "items": {"type": TYPES[kind]}}
                    for name, (kind, words) in known.items()
                },
            },
        },
    }
