"""Runs one stage on its partitions: decode, drop repeats, apply, bisect failures, send."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from detection_stream.errors import StageError
from detection_stream.model.batch import Rows
from detection_stream.runtime import inputs
from detection_stream.runtime.incoming import read_records
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.outgoing import MAX_FRAME_INPUTS, Outgoing, Packing
from detection_stream.runtime.policies import Policies, Policy, dead_letter
from detection_stream.runtime.prepared import Prepared
from detection_stream.runtime.records import Batch, Record
from detection_stream.runtime.stage import PartitionInput, RecordOut, Rejected
from detection_stream.runtime.topology import StageNode
from detection_stream.state.database import Database
from detection_stream.state.partition import PartitionState, Transaction

log = logging.getLogger(__name__)


class Sender(Protocol):
    """Takes records for topics; implemented by the transports."""

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Send one record."""


@dataclass(frozen=True, slots=True)
class Step:
    """One partition's batch on its way through its stage."""

    runner: Runner
    last: int
    records: Mapping[int, Record]
    segments: Input
    transaction: Transaction


def apply_together(
    batches: Sequence[tuple[Runner, Batch]], prepared: Prepared | None = None
) -> None:
    """Apply batches of different partitions of one stage, with what was prepared of all.

    It runs without an await: state, progress and outputs of all change together or
    not at all. Each partition's results are those of its batch alone.

    Raises:
        StageError: records are missing, or a policy is fail.
    """
    begun = [runner.begin(batch, prepared) for runner, batch in batches]
    _finish([step for step in begun if step is not None])


def _finish(steps: Sequence[Step]) -> None:
    _process(steps)
    sent = [step.runner.pack(step) for step in steps]
    for step, outgoing in zip(steps, sent, strict=True):
        step.runner.publish(step, outgoing)


def _process(steps: Sequence[Step]) -> None:
    working = [step for step in steps if step.segments]
    if not working:
        return
    given = [PartitionInput(step.segments, step.transaction.child()) for step in working]
    try:
        working[0].runner.stage.apply(given)
    except (StageError, MemoryError):
        raise
    except Exception as error:
        if len(working) > 1:
            for step in working:
                _process([step])
        else:
            working[0].runner.bisect(working[0], error)
    else:
        for step, (_, child) in zip(working, given, strict=True):
            step.transaction.merge(child)


class Runner:
    """One stage on one partition of its input topic."""

    def __init__(
        self,
        node: StageNode,
        state: PartitionState,
        sender: Sender,
        policies: Policies,
        *,
        frame_inputs: int = MAX_FRAME_INPUTS,
    ) -> None:
        self.stage = node.stage
        self.topic = node.reads.name
        self.state = state
        self.sender = sender
        self.dead_letters = node.dead_letters.name
        self.policies = policies
        self.ticks = 0
        """Ticks applied since this runner began."""
        self.packing = Packing(node.name, self.topic, self.dead_letters, policies, frame_inputs)
        self.stage.open(state)

    @classmethod
    def open(
        cls,
        node: StageNode,
        database: Database,
        partition: int,
        sender: Sender,
        *,
        policies: Policies | None = None,
        frame_inputs: int = MAX_FRAME_INPUTS,
    ) -> Runner:
        """A stage on the stored state of one of its partitions.

        Raises:
            DataDirectoryError: the state has another version.
        """
        state = node.stage.open_state(database, partition)
        return cls(node, state, sender, policies or Policies(), frame_inputs=frame_inputs)

    def apply(self, batch: Batch, prepared: Prepared | None = None) -> None:
        """Apply a batch.

        ``prepared`` covers its records as ``completed``; without it the stage prepares them.
        """
        step = self.begin(batch, prepared)
        if step is not None:
            _finish([step])

    def completed(self, batch: Batch) -> Rows | None:
        """The records of a batch that are not applied yet, as readers must get them."""
        applied = self.state.progress.applied
        records = [record for record in batch.records if record.offset > applied]
        if not records:
            return None
        (segment,) = inputs.from_records(batch.partition, records)
        return self.stage.completed(segment.blocks["record"], self.state.begin())

    def begin(self, batch: Batch, prepared: Prepared | None = None) -> Step | None:
        """Read a batch: rows at or below the applied offset are dropped, a gap is an error."""
        applied = self.state.progress.applied
        records = [record for record in batch.records if record.offset > applied]
        if not records:
            return None
        if self.stage.framed and applied >= 0 and records[0].offset != applied + 1:
            raise StageError(
                f"{self.stage.name}: {self.topic}/{batch.partition} jumps from offset {applied} to "
                f"{records[0].offset}; the records between are lost; replay from an earlier state"
            )
        transaction = self.state.begin()
        transaction.progress.count("records", len(records))
        by_offset = {record.offset: record for record in records}
        if prepared is not None:
            records = self._readable(records, prepared, transaction)
        segments = read_records(self.stage, records, transaction, self._set_aside)
        if prepared is not None:
            segments = [replace(segment, prepared=prepared.results) for segment in segments]
        return Step(self, batch.last, by_offset, segments, transaction)

    def _readable(
        self, records: list[Record], prepared: Prepared, transaction: Transaction
    ) -> list[Record]:
        """The records that readers could read; the others are set aside."""
        found = []
        for record in records:
            why = prepared.rejected.get((self.state.partition, record.offset))
            if why is None:
                found.append(record)
            else:
                self._set_aside(transaction, record, why.phase, str(why), why.source)
        return found

    def pack(self, step: Step) -> list[Outgoing]:
        """The records that a step sends."""
        step.transaction.progress.applied = step.last
        return self.packing.records(step.transaction, step.last)

    def publish(self, step: Step, outgoing: list[Outgoing]) -> None:
        """Publish a step's changes to the state and send its records."""
        self.ticks += sum(segment.tick is not None for segment in step.segments)
        self.state.publish(step.transaction)
        for record in outgoing:
            self.sender.send(*record)

    def bisect(self, step: Step, error: Exception) -> None:
        """Isolate the row on which a step failed; apply the others."""
        if inputs.size(step.segments) > 1:
            for half in inputs.halves(step.segments):
                _process([replace(step, segments=half)])
        else:
            self._give_up(step, error)

    def _give_up(self, step: Step, error: Exception) -> None:
        why = Rejected.by(error)
        reason = str(why)
        rows = next(iter(step.segments[0].blocks.values()), None)
        if rows is None:
            raise StageError(f"{self.stage.name}: a tick failed: {reason}") from error
        record = step.records[int(rows["offset"][0])]
        self._set_aside(step.transaction, record, why.phase, reason, why.source)
        self.stage.give_up(step.segments, step.transaction, reason)

    def _set_aside(
        self,
        transaction: Transaction,
        record: Record,
        phase: str,
        reason: str,
        source: str = "",
    ) -> None:
        policy: Policy = getattr(self.policies, phase)
        location = f"{self.topic}/{self.state.partition} offset {record.offset}"
        if policy is Policy.FAIL:
            raise StageError(f"{self.stage.name}: {location}: {reason}; the {phase} policy is fail")
        transaction.progress.count(f"{phase}_failures")
        if policy is Policy.SKIP:
            return
        log.info("%s: %s goes to %s: %s", self.stage.name, location, self.dead_letters, reason)
        letter = dead_letter(
            self.topic,
            self.state.partition,
            record.offset,
            stage=self.stage.name,
            phase=phase,
            reason=reason,
            value=record.value,
            source=source,
        )
        key = record.key or b""
        transaction.outputs.append(RecordOut(self.dead_letters, key, letter, record.timestamp))
