"""Judges messages by the decision models of their tenants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection_stream.decision.decision_model import RULE_PREFIX, DecisionModel
from detection_stream.detectors.registry import DetectorSet, Scores
from detection_stream.model.batch import FloatColumn


@dataclass(frozen=True, slots=True)
class Judgement:
    """What models say of each message of a batch.

    ``probabilities`` (0 to 1) are those of harm, ``attack_types`` the most likely ones. ``apart``
    (messages by detectors) says which detectors a message's model has not weighed, so that their
    scores count beside it.
    """

    probabilities: FloatColumn
    attack_types: list[str]
    apart: NDArray[np.bool_]


def judge(
    models: Sequence[DecisionModel],
    signals: Mapping[str, FloatColumn],
    detectors: DetectorSet,
    counted: Scores,
) -> Judgement:
    """Judge each message by its model; ``counted`` are the scores of detectors that count."""
    size = len(models)
    columns = model_inputs(signals, detectors, counted)
    probabilities = np.zeros(size)
    types = [""] * size
    apart = np.zeros(counted.shape, dtype=np.bool_)
    for model, rows in _by_model(models):
        part = {name: columns[name][rows] for name in model.inputs if name in columns}
        probabilities[rows] = model.probability(model.score.score(part, len(rows)))
        for row, kind in zip(rows.tolist(), model.attack_types(part, len(rows)), strict=True):
            types[row] = kind
        apart[rows] = ~np.isin(detectors.ids, list(model.rules))
    return Judgement(probabilities, types, apart)


def model_inputs(
    signals: Mapping[str, FloatColumn], detectors: DetectorSet, counted: Scores
) -> dict[str, FloatColumn]:
    """Signals, and the scores of detectors under the names that models have for them."""
    rules = {RULE_PREFIX + name: counted[:, n] for n, name in enumerate(detectors.ids)}
    return {**signals, **rules}


def _by_model(
    models: Sequence[DecisionModel],
) -> list[tuple[DecisionModel, NDArray[np.int64]]]:
    """Each model with the places of its messages."""
    rows: dict[int, list[int]] = {}
    known: dict[int, DecisionModel] = {}
    for place, model in enumerate(models):
        rows.setdefault(id(model), []).append(place)
        known[id(model)] = model
    return [(known[name], np.array(places)) for name, places in rows.items()]
