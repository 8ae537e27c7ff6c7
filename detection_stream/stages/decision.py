"""The decision stage: signals of all levels to one verdict and its attribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import orjson

from detection_stream.decision.attribution import records
from detection_stream.decision.columns import MODEL_COLUMNS, MODEL_LEVEL, column_types
from detection_stream.decision.decision_model import DecisionModel, unpack_model
from detection_stream.decision.join import Join
from detection_stream.decision.joined import put_together
from detection_stream.decision.policy import decide
from detection_stream.decision.waiting import Waiting
from detection_stream.decision.writing import Writing
from detection_stream.detectors.registry import DetectorSet
from detection_stream.model.batch import Rows
from detection_stream.model.origin import Origin, origins_of
from detection_stream.model.tenant import TenantPolicy
from detection_stream.runtime.inputs import Segment
from detection_stream.runtime.stage import PartitionInput, RecordOut, Stage
from detection_stream.state.description import TableDescription
from detection_stream.state.partition import PartitionState, Transaction

MAX_TENANT_MODELS = 3
"""Models of a tenant that messages in flight may still name."""
_WRITING = b"writing"
"""The one key of the table ``writing``."""


class DecisionStage(Stage):
    """Joins the levels of each message by origin and decides it once they are complete.

    A message is decided at the log position of its last row, so the order of the
    verdicts does not depend on how the log is split into batches.
    """

    name: ClassVar[str] = "decision"
    framed: ClassVar[bool] = True
    tables: Mapping[str, TableDescription] = {
        "waiting": TableDescription(
            "a message (source/partition/offset)",
            "messages waiting for a level",
            "until decided, then an hour for late rows",
        ),
        "writing": TableDescription("the stage", "first offset that this state writes", "for good"),
        "models": TableDescription(
            "a tenant",
            "the last decision models of a tenant, packed",
            f"the last {MAX_TENANT_MODELS}",
        ),
    }
    in_flight: ClassVar[frozenset[str]] = frozenset({"waiting", "writing"})

    def __init__(
        self,
        detectors: DetectorSet,
        model: DecisionModel,
        verdicts: str,
        attributions: str,
        takeovers: str,
        version: int = 1,
    ) -> None:
        self._detectors = detectors
        self._general = model
        self._verdicts = verdicts
        self._attributions = attributions
        self._takeovers = takeovers
        self._version = version

    def columns(self, level: str) -> Mapping[str, type]:
        """Columns of a level of signals."""
        return column_types(level)

    def open(self, state: PartitionState) -> None:
        """Read the messages that waited at the last checkpoint."""
        state.volatile = Join.restore(state.tables["waiting"].items())
        state.volatile_table = "waiting"

    def pending(self, state: PartitionState, applied: Mapping[int, int] | None = None) -> int:
        """Messages waiting for their first verdict."""
        join: Join = state.volatile
        return join.undecided(applied)

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Take rows, ticks and controls in log order; then decide what is due."""
        due: list[tuple[Waiting, Transaction]] = []
        for segments, transaction in inputs:
            writing = self._writing(transaction)
            for segment in segments:
                if segment.control is not None:
                    self._go_on_otherwise(segment.control, writing, transaction)
                else:
                    if models := segment.blocks.get(MODEL_LEVEL):
                        _keep_models(models, transaction)
                    taken = _take(segment, transaction.volatile, writing)
                    due += [(waiting, transaction) for waiting in taken]
            transaction.put("writing", {_WRITING: writing.encode()})
        if due:
            self._decide(due)

    def _writing(self, transaction: Transaction) -> Writing:
        (stored,) = transaction.get("writing", [_WRITING])
        if stored is not None:
            return Writing.decode(stored)
        return Writing() if self._version == 1 else Writing.nothing()

    def _go_on_otherwise(
        self, control: Mapping[str, Any], writing: Writing, transaction: Transaction
    ) -> None:
        """Start or stop writing verdicts when state versions switch."""
        if control["write"] == "end":
            writing.end(control["at"])
        else:
            said = {
                "id": control["id"],
                "state_version": self._version,
                "partition": transaction.partition,
                "from": writing.begin(),
            }
            key = str(transaction.partition).encode()
            transaction.outputs.append(RecordOut(self._takeovers, key, orjson.dumps(said), 0))

    def _models(
        self,
        due: Sequence[tuple[Waiting, Transaction]],
        context: Sequence[Mapping[str, Any]],
        policies: Sequence[TenantPolicy],
    ) -> list[DecisionModel]:
        """The model of each message: its tenant's, or the general one."""
        known: dict[tuple[int, str, str], DecisionModel] = {}
        models = []
        for (_, transaction), said, policy in zip(due, context, policies, strict=True):
            key = (transaction.partition, said["tenant"], policy.model)
            if key not in known:
                known[key] = self._model(transaction, said["tenant"], policy.model)
            models.append(known[key])
        return models

    def _model(self, transaction: Transaction, tenant: str, version: str) -> DecisionModel:
        """The model of a tenant; the general one if it has none of that version."""
        if not version:
            return self._general
        (stored,) = transaction.get("models", [tenant.encode()])
        return self._general if stored is None else _unpacked(stored).get(version, self._general)

    def _decide(self, due: list[tuple[Waiting, Transaction]]) -> None:
        joined = put_together([waiting for waiting, _ in due])
        scores = self._detectors.evaluate(joined.signals, len(joined))
        policies = [TenantPolicy.decode(context["policy"]) for context in joined.context]
        models = self._models(due, joined.context, policies)
        decision = decide(self._detectors, scores, policies, models, joined.signals)
        decided = records(joined, decision, self._detectors, self._version)
        for place, number in np.argwhere(decision.shadow_hits).tolist():
            due[place][1].progress.count(f"shadow_hits_{self._detectors.ids[number]}")
        for (_, transaction), (context, verdict, attribution) in zip(due, decided, strict=True):
            key = f"{context['tenant']}\0{context['uid']}".encode()
            at = context["received_at"]
            transaction.outputs.append(RecordOut(self._verdicts, key, verdict, at))
            transaction.outputs.append(RecordOut(self._attributions, key, attribution, at))
            transaction.progress.count("verdicts")


def _keep_models(rows: Rows, transaction: Transaction) -> None:
    """Keep the last models of each tenant, which messages name by their version."""
    for tenant, version, packed in zip(*(rows[name] for name in MODEL_COLUMNS), strict=True):
        key = tenant.encode()
        (stored,) = transaction.get("models", [key])
        known = [one for one in orjson.loads(stored or b"[]") if one[0] != version]
        kept = [*known, [version, packed]][-MAX_TENANT_MODELS:]
        transaction.put("models", {key: orjson.dumps(kept)})


@lru_cache(maxsize=256)
def _unpacked(stored: bytes) -> dict[str, DecisionModel]:
    """The models of a tenant by version."""
    return {version: unpack_model(packed) for version, packed in orjson.loads(stored)}


def _take(segment: Segment, join: Join, writing: Writing) -> list[Waiting]:
    """Add rows or a tick of one partition to its join; returns what to write, in order."""
    if segment.tick is not None:
        due = join.tick()
    else:
        latest: dict[Origin, int] = {}
        due = []
        for level, rows in segment.blocks.items():
            if level == MODEL_LEVEL:
                continue
            if level == "message":
                writing.see(int(rows["origin_offset"].max()))
            for origin, offset in _offsets(rows):
                latest[origin] = max(offset, latest.get(origin, 0))
            due += join.add(level, rows)
        due.sort(key=lambda origin: (latest[origin], origin))
    taken = zip(due, join.take(due), strict=True)
    return [waiting for (_, _, offset), waiting in taken if writing.covers(offset)]


def _offsets(rows: Rows) -> list[tuple[Origin, int]]:
    """Origin and frame offset of each row."""
    return list(zip(origins_of(rows), rows["offset"].tolist(), strict=True))
