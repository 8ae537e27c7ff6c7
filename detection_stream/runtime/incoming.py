"""Turns records of a topic into a stage's input: decoded, without repeats."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from detection_stream.errors import RecordError
from detection_stream.runtime import inputs
from detection_stream.runtime.frames import INPUT, Frame, columns_of, decode_frame
from detection_stream.runtime.inputs import Input, Segment
from detection_stream.runtime.records import Record
from detection_stream.runtime.stage import Stage
from detection_stream.state.partition import Transaction

log = logging.getLogger(__name__)

SetAside = Callable[[Transaction, Record, str, str], None]
"""Handles an unusable record: transaction, record, phase, reason."""


def read_records(
    stage: Stage, records: list[Record], transaction: Transaction, set_aside: SetAside
) -> Input:
    """The input in records; ``set_aside`` gets those that are not frames."""
    if not stage.framed:
        return inputs.from_records(transaction.partition, records) if records else []
    segments: Input = []
    parts: dict[str, list[tuple[int, dict[str, list[Any]]]]] = {}

    def close_segment() -> None:
        if parts:
            partition = transaction.partition
            blocks = {
                level: columns_of(partition, frames, stage.columns(level))
                for level, frames in parts.items()
            }
            segments.append(Segment(blocks))
            parts.clear()

    for record in records:
        try:
            frame = decode_frame(record.value)
        except RecordError as error:
            set_aside(transaction, record, "decode", str(error))
            continue
        if frame.tick is not None:
            close_segment()
            segments.append(Segment(tick=frame.tick))
        elif frame.control is not None:
            close_segment()
            segments.append(Segment(control=frame.control))
        else:
            for level, columns in admit(frame, transaction):
                if not columns.get(INPUT):
                    continue
                parts.setdefault(level, []).append((record.offset, columns))
    close_segment()
    return segments


def admit(frame: Frame, transaction: Transaction) -> list[tuple[str, dict[str, list[Any]]]]:
    """The blocks of a frame that are new to this partition, judged by its sender's mark.

    Rows at or below the mark are repeats and are dropped. A frame that starts above the
    mark is ignored: its sender has not committed past the gap and will resend.
    """
    progress = transaction.progress
    mark = progress.marks.get(frame.sender, -1)
    if frame.end <= mark:
        progress.count("frames_repeated")
        return []
    if frame.start > mark:
        progress.count("frames_ignored")
        log.warning("a frame of %s starts at %d, above %d", frame.sender, frame.start, mark)
        return []
    progress.marks[frame.sender] = frame.end
    if frame.start == mark:
        return frame.blocks
    progress.count("frames_repeated")
    fresh = []
    for level, columns in frame.blocks:
        keep = [row for row, at in enumerate(columns[INPUT]) if at > mark]
        if keep:
            trimmed = {name: [column[i] for i in keep] for name, column in columns.items()}
            fresh.append((level, trimmed))
    return fresh
