"""Evaluates detectors on stored messages and compares with the live verdicts."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from detection_stream.decision.decision_model import DecisionModel
from detection_stream.decision.policy import decide
from detection_stream.detectors.registry import DetectorSet
from detection_stream.evaluation.labels import HARMLESS
from detection_stream.evaluation.quality import ATTACK_VERDICTS, Quality, measure
from detection_stream.evaluation.stored import StoredBatch, StoredSignals
from detection_stream.model.tenant import TenantPolicy

MAX_EXAMPLES = 10
"""Maximum examples kept of each kind of change."""


@dataclass(frozen=True, slots=True)
class Change:
    """A message whose verdict would change; ``kind`` is its label, None if unlabelled."""

    uid: str
    tenant: str
    received_at: str
    sender: str
    subject: str
    before: str
    after: str
    kind: str | None
    added: list[str]
    removed: list[str]


@dataclass
class Hits:
    """How often a detector fires: now, before, and now on messages with each label."""

    now: int = 0
    before: int = 0
    attacks: int = 0
    harmless: int = 0


@dataclass
class Backtest:
    """The result of a back-test.

    ``flagged`` counts messages that would newly be flagged as attacks, ``cleared`` those
    that no longer would be, each by tenant and attack type (of the new or the old verdict).
    ``quality`` is that before and after, None without labels.
    """

    messages: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    flagged: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    cleared: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    hits: dict[str, Hits] = field(default_factory=lambda: defaultdict(Hits))
    examples: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    quality: tuple[Quality, Quality] | None = None
    seconds: float = 0.0

    @property
    def changed(self) -> int:
        """Messages newly flagged, or no longer flagged."""
        counts = (*self.flagged.values(), *self.cleared.values())
        return sum(sum(counter.values()) for counter in counts)


def backtest(
    stored: StoredSignals,
    detectors: DetectorSet,
    model: DecisionModel,
    labels: Mapping[str, str] | None = None,
) -> Backtest:
    """Evaluate detectors and a model on stored signals; ``labels`` are by uid or Message-ID.

    Raises:
        InputError: a signal that the detectors read is not stored.
    """
    begin = time.perf_counter()
    result = Backtest()
    labelled = _Labelled(labels or {})
    wanted = detectors.signals_used | model.signals
    for batch in stored.batches(wanted):
        decided = _decide(detectors, model, batch)
        _count(result, batch, decided, detectors)
        if labels is not None:
            labelled.add(result, batch, decided, detectors)
        _note_changes(result, batch, decided, detectors, labelled)
    if labels is not None:
        result.quality = labelled.quality()
    result.seconds = time.perf_counter() - begin
    return result


@dataclass(frozen=True, slots=True)
class _Outcomes:
    """The outcome of each message."""

    hits: NDArray[np.bool_]
    verdicts: list[str]
    attack_types: list[str]

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Which messages are flagged as attacks."""
        return np.array([verdict in ATTACK_VERDICTS for verdict in self.verdicts])


def _decide(detectors: DetectorSet, model: DecisionModel, batch: StoredBatch) -> _Outcomes:
    scores = detectors.evaluate(batch.signals, len(batch))
    policies = [TenantPolicy.decode(text) for text in batch.messages["policy"].to_pylist()]
    models = [model] * len(batch)
    decision = decide(detectors, scores, policies, models, batch.signals)
    # A shadow detector is tried too: what it would hit is what the back-test is for.
    return _Outcomes(decision.hits | decision.shadow_hits, decision.verdicts, decision.attack_types)


def _count(
    result: Backtest, batch: StoredBatch, decided: _Outcomes, detectors: DetectorSet
) -> None:
    result.messages += len(batch)
    result.before.update(batch.messages["verdict"].to_pylist())
    result.after.update(decided.verdicts)
    for name, count in zip(detectors.ids, decided.hits.sum(axis=0).tolist(), strict=True):
        result.hits[name].now += count
    before = pc.value_counts(pc.list_flatten(batch.messages["detectors"])).to_pylist()
    for found in before:
        result.hits[found["values"]].before += found["counts"]


def _note_changes(
    result: Backtest,
    batch: StoredBatch,
    decided: _Outcomes,
    detectors: DetectorSet,
    labelled: _Labelled,
) -> None:
    verdicts = batch.messages["verdict"].to_pylist()
    was = np.array([verdict in ATTACK_VERDICTS for verdict in verdicts])
    indexes = np.flatnonzero(was != decided.flagged)
    for row, index in zip(batch.messages.take(indexes).to_pylist(), indexes.tolist(), strict=True):
        verdict = decided.verdicts[index]
        name = "flagged" if verdict in ATTACK_VERDICTS else "cleared"
        kind = decided.attack_types[index] if name == "flagged" else row["attack_type"]
        getattr(result, name)[row["tenant"]][kind] += 1
        if len(result.examples[name]) < MAX_EXAMPLES:
            label = labelled.kind(row["uid"], row["message_id"])
            names = [detectors.ids[n] for n in decided.hits[index].nonzero()[0].tolist()]
            change = _change(row, verdict, names, label)
            result.examples[name].append(change)


class _Labelled:
    """Labelled messages: their verdicts before and now."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._kinds: dict[str, str] = {}
        self._before: list[dict[str, str]] = []
        self._now: list[dict[str, str]] = []

    def kind(self, uid: str, message_id: str) -> str | None:
        """The label of a message."""
        return self._labels.get(uid) or self._labels.get(message_id)

    def add(
        self, result: Backtest, batch: StoredBatch, decided: _Outcomes, detectors: DetectorSet
    ) -> None:
        """Take the labelled messages of a batch, and count the hits of each detector."""
        columns = [batch.messages[name].to_pylist() for name in ("uid", "message_id", "verdict")]
        groups: dict[str, list[int]] = {"attacks": [], "harmless": []}
        for index, (uid, message_id, before) in enumerate(zip(*columns, strict=True)):
            kind = self.kind(uid, message_id)
            if kind is None:
                continue
            self._kinds[uid] = kind
            now = decided.verdicts[index]
            self._before.append({"message_id": uid, "verdict": before})
            self._now.append({"message_id": uid, "verdict": now})
            if kind != "spam":
                groups["harmless" if kind in HARMLESS else "attacks"].append(index)
        for group, indexes in groups.items():
            counts = decided.hits[indexes].sum(axis=0).tolist()
            for name, count in zip(detectors.ids, counts, strict=True):
                hits = result.hits[name]
                setattr(hits, group, getattr(hits, group) + count)

    def quality(self) -> tuple[Quality, Quality]:
        """Quality of the verdicts before and now."""
        return measure(self._before, self._kinds), measure(self._now, self._kinds)


def _change(row: Mapping[str, Any], verdict: str, names: list[str], label: str | None) -> Change:
    return Change(
        row["uid"],
        row["tenant"],
        f"{row['received_at']:%Y-%m-%d %H:%M}",
        row["sender"],
        row["subject"],
        row["verdict"],
        verdict,
        label,
        added=sorted(set(names) - set(row["detectors"])),
        removed=sorted(set(row["detectors"]) - set(names)),
    )
