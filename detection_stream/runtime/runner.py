"""Runs one stage on one partition: decode, drop repeats, apply, bisect failures, send."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from detection_stream.errors import RecordError, StageError
from detection_stream.model.batch import Rows
from detection_stream.runtime import inputs
from detection_stream.runtime.frames import INPUT, Frame, columns_of, decode_frame, encode_frame
from detection_stream.runtime.inputs import Input, Segment
from detection_stream.runtime.policies import Policies, Policy, dead_letter
from detection_stream.runtime.records import Batch, Record
from detection_stream.runtime.stage import RecordOut, Rejected, RowsOut, Stage
from detection_stream.state.partition import PartitionState, Transaction

log = logging.getLogger(__name__)

FRAME_INPUTS = 256
"""Input rows whose output rows share a frame, at most; keeps frames below a broker's 1 MiB."""
RECORD_BYTES = 16 << 20
"""Largest record that a stage sends on."""


class Sender(Protocol):
    """Takes records for topics; the transport behind it keeps or produces them."""

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Send one record."""


class Runner:
    """One stage on one partition of its input topic.

    ``apply`` runs without an await in between: a batch changes state, progress and outputs
    together or not at all.
    """

    def __init__(
        self,
        stage: Stage,
        topic: str,
        state: PartitionState,
        sender: Sender,
        dead_letters: str,
        policies: Policies,
        *,
        frame_inputs: int = FRAME_INPUTS,
    ) -> None:
        self.stage = stage
        self.topic = topic
        self.state = state
        self.sender = sender
        self.dead_letters = dead_letters
        self.policies = policies
        self.frame_inputs = frame_inputs
        self.ticks = 0
        """Ticks applied since this runner began."""
        stage.open(state)

    def apply(self, batch: Batch, prepared: Any = None) -> None:
        """Apply a batch: rows at or below the applied offset are dropped, a gap is an error.

        ``prepared`` is what the stage's ``preparation`` made of the whole batch, if it was asked.
        """
        applied = self.state.progress.applied
        records = [record for record in batch.records if record.offset > applied]
        if not records:
            return
        if self.stage.framed and applied >= 0 and records[0].offset != applied + 1:
            raise StageError(
                f"{self.stage.name}: {self.topic}/{batch.partition} goes from offset {applied} to "
                f"{records[0].offset}; records in between are lost, replay from an earlier state"
            )
        transaction = self.state.begin()
        segments = (
            self._decode_frames(records, transaction)
            if self.stage.framed
            else inputs.from_records(records)
        )
        if len(records) == len(batch.records):
            segments = [replace(segment, prepared=prepared) for segment in segments]
        by_offset = {record.offset: record for record in records}
        self._process(segments, transaction, by_offset)
        self.ticks += sum(segment.tick is not None for segment in segments)
        transaction.progress.applied = batch.last
        transaction.progress.count("records", len(records))
        frames = self._frames(transaction, batch.last)
        self.state.publish(transaction)
        for output in frames:
            self.sender.send(*output)

    def _decode_frames(self, records: list[Record], transaction: Transaction) -> Input:
        segments: Input = []
        parts: dict[str, list[tuple[int, dict[str, list[Any]]]]] = {}

        def close_segment() -> None:
            if parts:
                blocks = {
                    level: columns_of(frames, self.stage.columns(level))
                    for level, frames in parts.items()
                }
                segments.append(Segment(blocks))
                parts.clear()

        for record in records:
            try:
                frame = decode_frame(record.value)
            except RecordError as error:
                self._set_aside(transaction, record, "decode", str(error))
                continue
            if frame.tick is not None:
                close_segment()
                segments.append(Segment(tick=frame.tick))
            else:
                for level, columns in admit(frame, transaction):
                    parts.setdefault(level, []).append((record.offset, columns))
        close_segment()
        return segments

    def _process(
        self, segments: Input, transaction: Transaction, records: Mapping[int, Record]
    ) -> None:
        if not segments:
            return
        child = transaction.child()
        try:
            self.stage.apply(segments, child)
        except (StageError, MemoryError):
            raise
        except Exception as error:
            if inputs.size(segments) > 1:
                for half in inputs.halves(segments):
                    self._process(half, transaction, records)
            else:
                self._give_up(segments, transaction, records, error)
        else:
            transaction.merge(child)

    def _give_up(
        self,
        segments: Input,
        transaction: Transaction,
        records: Mapping[int, Record],
        error: Exception,
    ) -> None:
        phase = error.phase if isinstance(error, Rejected) else "process"
        source = error.source if isinstance(error, Rejected) else ""
        reason = str(error) if isinstance(error, Rejected) else f"{type(error).__name__}: {error}"
        rows = next(iter(segments[0].blocks.values()), None)
        if rows is None:
            raise StageError(f"{self.stage.name}: a tick failed: {reason}") from error
        record = records[int(rows["offset"][0])]
        self._set_aside(transaction, record, phase, reason, source)
        self.stage.give_up(segments, transaction, reason)

    def _set_aside(
        self,
        transaction: Transaction,
        record: Record,
        phase: str,
        reason: str,
        source: str = "",
    ) -> None:
        policy: Policy = getattr(self.policies, phase)
        place = f"{self.topic}/{self.state.partition} offset {record.offset}"
        if policy is Policy.FAIL:
            raise StageError(f"{self.stage.name}: {place}: {reason}; the {phase} policy is fail")
        transaction.progress.count(f"{phase}_failures")
        if policy is Policy.SKIP:
            return
        log.info("%s: %s goes to %s: %s", self.stage.name, place, self.dead_letters, reason)
        letter = dead_letter(
            self.topic,
            self.state.partition,
            record.offset,
            self.stage.name,
            phase,
            reason,
            record.value,
            source,
        )
        key = record.key or b""
        transaction.outputs.append(RecordOut(self.dead_letters, key, letter, record.timestamp))

    def _frames(
        self, transaction: Transaction, last: int
    ) -> list[tuple[str, int, bytes | None, bytes, int]]:
        """Records to send: frames with their ranges, and single events."""
        sent: list[tuple[str, int, bytes | None, bytes, int]] = []
        targets: dict[tuple[str, int], dict[str, list[Rows]]] = {}
        for output in transaction.outputs:
            if isinstance(output, RecordOut):
                self._send_record(transaction, output, sent)
            else:
                for partition, rows in self._by_partition(output):
                    target = targets.setdefault((output.topic, partition), {})
                    target.setdefault(output.level, []).append(rows)
        sender = f"{self.topic}/{self.state.partition}"
        for (topic, partition), levels in targets.items():
            blocks = {level: concatenate(parts) for level, parts in levels.items()}
            start = transaction.progress.sent.get(f"{topic}/{partition}", -1)
            for end, chunk in cut(blocks, last, self.frame_inputs):
                value = encode_frame(sender, start, end, chunk)
                sent.append((topic, partition, sender.encode(), value, 0))
                start = end
            transaction.progress.sent[f"{topic}/{partition}"] = last
        return sent

    def _send_record(
        self,
        transaction: Transaction,
        output: RecordOut,
        sent: list[tuple[str, int, bytes | None, bytes, int]],
    ) -> None:
        if len(output.value) <= RECORD_BYTES:
            partition = self.state.partition
            sent.append((output.topic, partition, output.key, output.value, output.timestamp))
            return
        reason = f"a record of {len(output.value)} bytes for {output.topic}, over {RECORD_BYTES}"
        if self.policies.produce is Policy.FAIL:
            raise StageError(f"{self.stage.name}: {reason}; the produce policy is fail")
        transaction.progress.count("produce_failures")
        if self.policies.produce is Policy.DEAD_LETTER:
            letter = dead_letter(
                self.topic,
                self.state.partition,
                -1,
                self.stage.name,
                "produce",
                reason,
                output.value,
            )
            key, partition = output.key, self.state.partition
            sent.append((self.dead_letters, partition, key, letter, output.timestamp))

    def _by_partition(self, output: RowsOut) -> list[tuple[int, Rows]]:
        if output.partitions is None:
            return [(self.state.partition, output.rows)]
        found = np.unique(output.partitions).tolist()
        if len(found) == 1:
            return [(found[0], output.rows)]
        return [
            (partition, output.rows.take(np.flatnonzero(output.partitions == partition)))
            for partition in found
        ]


def admit(frame: Frame, transaction: Transaction) -> list[tuple[str, dict[str, list[Any]]]]:
    """The blocks of a frame that are new to this partition, by the mark of its sender.

    Rows at or below the mark were taken before and are dropped. A frame that starts above the
    mark is ignored: its sender has not committed past the hole and will send again.
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
        keep = [place for place, at in enumerate(columns[INPUT]) if at > mark]
        if keep:
            trimmed = {name: [column[i] for i in keep] for name, column in columns.items()}
            fresh.append((level, trimmed))
    return fresh


def concatenate(parts: list[Rows]) -> Rows:
    """Rows of one level one after the other."""
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {}
    for name, first in parts[0].columns.items():
        columns[name] = (
            np.concatenate([part[name] for part in parts])
            if isinstance(first, np.ndarray)
            else [value for part in parts for value in part[name]]
        )
    return Rows(sum(len(part) for part in parts), columns)


def cut(
    blocks: Mapping[str, Rows], last: int, most: int
) -> list[tuple[int, list[tuple[str, Rows]]]]:
    """Blocks cut so that each piece covers ``most`` inputs; each with the input it ends at."""
    found = np.unique(np.concatenate([rows[INPUT] for rows in blocks.values()]))
    ends = found[most - 1 :: most].tolist()
    if not ends or ends[-1] != found[-1]:
        ends.append(int(found[-1]))
    pieces: list[tuple[int, list[tuple[str, Rows]]]] = []
    start = -1
    for end in ends:
        piece = []
        for level, rows in blocks.items():
            low, high = np.searchsorted(rows[INPUT], [start, end], side="right").tolist()
            if high > low:
                piece.append((level, rows.slice(low, high)))
        pieces.append((end, piece))
        start = end
    pieces[-1] = (last, pieces[-1][1])
    return pieces
