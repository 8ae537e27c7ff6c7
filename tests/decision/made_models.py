"""Small decision models, and random ones."""

from __future__ import annotations

import numpy as np

from detection_stream.decision.additive import UNIT, AdditiveModel, Term
from detection_stream.decision.decision_model import DecisionModel
from detection_stream.model.batch import FloatColumn

NAMES = ("message.inbound", "pair.stranger", "sender.days_known", "message.link_count")


def by_one(name: str, absent: float, present: float, kind: str = "bec") -> DecisionModel:
    """A model whose log-odds hang on one flag alone; missing is as absent."""
    entries = np.array([absent, present, absent]) * UNIT
    score = AdditiveModel((name,), ((0.5,),), 0, (Term(0, 0, entries.astype(np.int64)),))
    types = {kind: AdditiveModel((), (), 0, ())}
    return DecisionModel("by one", score, 1.0, 0.0, types, {name: 0.0}, {"rules": []})


def random_model(seed: int) -> AdditiveModel:
    """A model over NAMES with single terms and pairs."""
    dice = np.random.default_rng(seed)
    edges = tuple(tuple(sorted(dice.choice(40, size=dice.integers(0, 5), replace=False) / 4.0))
                  for _ in NAMES)  # fmt: skip
    bins = [len(one) + 2 for one in edges]
    pairs = [(n, n) for n in range(len(NAMES))] + [(0, 1), (1, 3), (2, 3)]
    terms = []
    for first, second in pairs:
        shape = (bins[first],) if first == second else (bins[first], bins[second])
        terms.append(Term(first, second, dice.integers(-UNIT, UNIT, size=shape)))
    return AdditiveModel(NAMES, edges, int(dice.integers(-UNIT, UNIT)), tuple(terms))


def random_columns(seed: int, size: int) -> dict[str, FloatColumn]:
    """Values around the edges of random models, on them, and missing."""
    dice = np.random.default_rng(seed)
    columns = {name: dice.integers(-4, 44, size=size) / 4.0 for name in NAMES}
    return {name: np.where(dice.random(size) < 0.2, np.nan, c) for name, c in columns.items()}
