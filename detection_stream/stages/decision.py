"""The decision stage: signals of all levels to one verdict and its attribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from detection_stream.decision.attribution import records
from detection_stream.decision.columns import column_types
from detection_stream.decision.join import Join, Origin
from detection_stream.decision.joined import put_together
from detection_stream.decision.policy import decide
from detection_stream.decision.waiting import Waiting
from detection_stream.detectors.registry import DetectorSet
from detection_stream.model.batch import Rows
from detection_stream.model.tenant import TenantPolicy
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.preparation import Prepare
from detection_stream.runtime.stage import PartitionInput, RecordOut
from detection_stream.state.partition import PartitionState, Transaction


class DecisionStage:
    """Joins the levels of each message by origin and decides it once all are there.

    A message is decided in the place of the log where its last row stands, so the order of the
    verdicts does not depend on how the log was cut into batches.
    """

    name: ClassVar[str] = "decision"
    framed: ClassVar[bool] = True
    tables: ClassVar[tuple[str, ...]] = ("waiting",)

    def __init__(self, detectors: DetectorSet, verdicts: str, attributions: str) -> None:
        self._detectors = detectors
        self._verdicts = verdicts
        self._attributions = attributions

    def columns(self, level: str) -> Mapping[str, type]:
        """Columns of a level of signals."""
        return column_types(level)

    def preparation(self) -> Prepare | None:
        """Everything takes state."""
        return None

    def open(self, state: PartitionState) -> None:
        """Read the messages that waited at the last checkpoint."""
        state.volatile = Join.restore(state.tables["waiting"].items())
        state.volatile_table = "waiting"

    def pending(self, state: PartitionState, applied: int | None = None) -> int:
        """Messages that wait for their first verdict."""
        join: Join = state.volatile
        return join.undecided(applied)

    def give_up(self, segments: Input, transaction: Transaction, reason: str) -> None:
        """The message waits on and is decided without this row when its ticks are over."""

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Take rows and ticks in the order of the log; what is to decide is decided together."""
        due: list[tuple[Waiting, Transaction]] = []
        for segments, transaction in inputs:
            due += [(waiting, transaction) for waiting in _take(segments, transaction.volatile)]
        if due:
            self._decide(due)

    def _decide(self, due: list[tuple[Waiting, Transaction]]) -> None:
        joined = put_together([waiting for waiting, _ in due])
        fired = self._detectors.evaluate(joined.signals, len(joined))
        policies = [TenantPolicy.decode(context["policy"]) for context in joined.context]
        decision = decide(self._detectors, fired, policies)
        decided = records(joined, decision, self._detectors)
        for (_, transaction), (context, verdict, attribution) in zip(due, decided, strict=True):
            key = f"{context['tenant']}\0{context['uid']}".encode()
            at = context["received_at"]
            transaction.outputs.append(RecordOut(self._verdicts, key, verdict, at))
            transaction.outputs.append(RecordOut(self._attributions, key, attribution, at))
            transaction.progress.count("verdicts")


def _take(segments: Input, join: Join) -> list[Waiting]:
    """Bring rows and ticks of one partition into its join; returns what is to decide, in order."""
    due: list[Waiting] = []
    for segment in segments:
        if segment.tick is not None:
            due += join.take(join.tick())
            continue
        latest: dict[Origin, int] = {}
        completed: list[Origin] = []
        for level, rows in segment.blocks.items():
            for origin, offset in _offsets(rows):
                latest[origin] = max(offset, latest.get(origin, 0))
            completed += join.add(level, rows)
        completed.sort(key=lambda origin: (latest[origin], origin))
        due += join.take(completed)
    return due


def _offsets(rows: Rows) -> list[tuple[Origin, int]]:
    """The message that each row is about, and the frame that it came in."""
    origins = zip(rows["origin_partition"].tolist(), rows["origin"].tolist(), strict=True)
    return list(zip(origins, rows["offset"].tolist(), strict=True))
