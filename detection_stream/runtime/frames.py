"""Frames: rows for one partition of an internal topic, as one record of JSON columns.

A frame states which range (``from``, ``to``] of its sender's input it covers for its target
partition, so that a receiver can drop repeats and notice gaps. All rows that
one input row yields for one target travel in one frame. A tick is a frame without rows, and so is
a control, which changes how a stage continues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from detection_stream.errors import RecordError
from detection_stream.model.batch import Column, Rows
from detection_stream.runtime.inputs import PARTITION

FRAME_VERSION = 1
INPUT = "input"
"""The column that holds the sender's input offset of each row."""
OFFSET = "offset"
"""The column that holds, at the receiver, the offset of a row's frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame; ``blocks`` holds the columns of each level as plain lists."""

    sender: str
    start: int
    end: int
    blocks: list[tuple[str, dict[str, list[Any]]]]
    tick: int | None = None
    control: Mapping[str, Any] | None = None


def encode_frame(sender: str, start: int, end: int, blocks: list[tuple[str, Rows]]) -> bytes:
    """A frame as bytes; NaN becomes null."""
    return orjson.dumps(
        {
            "type": "rows",
            "version": FRAME_VERSION,
            "sender": sender,
            "from": start,
            "to": end,
            "blocks": [
                {"level": level, "count": len(rows), "columns": dict(rows.columns)}
                for level, rows in blocks
            ],
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


def encode_tick(at: int) -> bytes:
    """A tick at ``at`` (milliseconds since 1970)."""
    return orjson.dumps({"type": "tick", "version": FRAME_VERSION, "at": at})


def encode_control(control: Mapping[str, Any]) -> bytes:
    """Encode a control."""
    return orjson.dumps({"type": "control", "version": FRAME_VERSION, "control": dict(control)})


def decode_frame(value: bytes) -> Frame:
    """A frame from bytes.

    Raises:
        RecordError: the bytes are not a frame of this version.
    """
    try:
        data = orjson.loads(value)
        if data["version"] != FRAME_VERSION:
            raise RecordError(f"a frame of version {data['version']}, expected {FRAME_VERSION}")
        if data["type"] == "tick":
            return Frame("", 0, 0, [], int(data["at"]))
        if data["type"] == "control":
            return Frame("", 0, 0, [], control=_control(data["control"]))
        blocks = [(block["level"], block["columns"]) for block in data["blocks"]]
        for level, columns in blocks:
            if len({len(column) for column in columns.values()}) > 1:
                raise RecordError(f"columns of differing lengths in level {level}")
        return Frame(data["sender"], data["from"], data["to"], blocks)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordError(f"not a frame: {error!r}") from error


def _control(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """A control that tells a state version to start or stop writing."""
    what = found["write"]
    if what == "begin" and isinstance(found["id"], str):
        return {"write": what, "id": found["id"]}
    if what == "end" and isinstance(found["at"], int) and 0 <= found["at"] < 1 << 63:
        return {"write": what, "at": found["at"]}
    raise RecordError(f"unknown control: {found!r}")


def columns_of(
    partition: int, parts: list[tuple[int, dict[str, list[Any]]]], types: Mapping[str, type]
) -> Rows:
    """Rows of one level from several frames of a partition, each given with its offset.

    Columns that a frame lacks are NaN, 0 or empty; unrequested ones are left out.
    """
    sizes = [len(next(iter(columns.values()), [])) for _, columns in parts]
    count = sum(sizes)
    result: dict[str, Column] = {
        OFFSET: np.repeat([offset for offset, _ in parts], sizes).astype(np.int64),
        PARTITION: np.full(count, partition, dtype=np.int64),
    }
    listed: dict[type, dict[str, list[Any]]] = {int: {}, float: {}, str: {}}
    for name, kind in {INPUT: int, **types}.items():
        values = listed[kind][name] = []
        for size, (_, columns) in zip(sizes, parts, strict=True):
            values += columns.get(name) or [_ABSENT[kind]] * size
    for kind, dtype in _DTYPES.items():
        # One array for all columns of a type costs about as much as one for a single column.
        result |= zip(listed[kind], np.array(list(listed[kind].values()), dtype=dtype), strict=True)
    return Rows(count, result | listed[str])


_ABSENT: dict[type, Any] = {str: "", int: 0, float: None}
_DTYPES: dict[type, Any] = {int: np.int64, float: np.float64}
