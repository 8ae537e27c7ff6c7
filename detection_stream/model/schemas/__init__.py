"""JSON Schemas of every topic's records."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import orjson


def schema(topic: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a topic's values."""
    loaded: dict[str, Any] = orjson.loads(files(__name__).joinpath(f"{topic}.json").read_bytes())
    return loaded
