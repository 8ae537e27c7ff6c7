"""Trains a decision model and measures it on what it was not trained with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from detection_stream import __version__
from detection_stream.decision.additive import UNIT
from detection_stream.decision.decision_model import RULE_PREFIX, DecisionModel
from detection_stream.detectors.registry import load_detectors
from detection_stream.errors import InputError
from detection_stream.model.batch import FloatColumn
from detection_stream.signals.registry import all_signals
from detection_stream.training.boosting import (
    Settings,
    fit_score,
    fit_types,
    lightgbm,
    type_weights,
)
from detection_stream.training.calibration import fit_probability
from detection_stream.training.dataset import GIVE_AWAYS, TrainingRows
from detection_stream.training.leakage import leaks

FOLDS: Final = 4
MIN_HARMFUL: Final = 50
"""Minimum attacks to train with."""
MASKED_SHARE: Final = 0.1
"""Share of the rows that are trained with once more, without one of their levels."""
MASKED_WEIGHT: Final = 0.3
UNKNOWN_SHARE: Final = 0.15
"""Share of the rows that are trained with once more, as if nobody were known yet."""
PRESUMED_SHARE: Final = 0.002
"""Share of unlabelled messages, those most like attacks, whose presumption is dropped."""
FALSE_ALERTS: Final = 0.001


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How to train.

    ``harm_share`` is the share of mail (0 to 1) that is expected to be harmful. A model that
    ``weighs_rules`` is trusted with them: without it, rules count beside the model.
    """

    name: str = "decision"
    harm_share: float = 0.02
    settings: Settings = field(default_factory=Settings)
    licence: str = "not stated"
    weighs_rules: bool = True


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and the scores of all rows by models that were trained without their groups."""

    model: DecisionModel
    held_out: FloatColumn


def all_inputs() -> list[str]:
    """Every signal and the score of every active rule, without what gives samples away."""
    rules = (RULE_PREFIX + one.id for one in load_detectors().detectors if one.form == "rule")
    return sorted({*(signal.name for signal in all_signals()), *rules} - GIVE_AWAYS)


def train(rows: TrainingRows, plan: TrainingPlan) -> Trained:
    """Train on rows; unlabelled ones that look like attacks are not taken for harmless.

    Raises:
        InputError: there are too few attacks or harmless messages.
    """
    early, rows = rows.take(rows.early), rows.take(~rows.early)
    harmful = int(rows.harmful.sum())
    if min(harmful, len(rows) - harmful) < MIN_HARMFUL:
        raise InputError(
            f"{harmful} attacks and {len(rows) - harmful} harmless messages are too few to train "
            f"with: {MIN_HARMFUL} of each are needed"
        )
    first = held_out_scores(rows, plan.settings)
    presumed = _presumed(rows, first)
    kept = ~presumed
    clean = rows.take(kept)
    scores = held_out_scores(clean, plan.settings) if presumed.any() else first
    slope, shift = fit_probability(scores, clean.harmful, plan.harm_share)
    score = fit_score(
        clean.inputs, *_extended(clean, early, plan.settings), plan.settings, explains=True
    )
    types = fit_types(
        clean.inputs, clean.values[clean.harmful], clean.types[clean.harmful], plan.settings
    )
    held_out = first.copy()
    held_out[kept] = scores
    card = _card(clean, scores, plan, int(presumed.sum()))
    model = DecisionModel(plan.name, score, slope, shift, types, _usual(clean), card)
    return Trained(model, held_out)


def held_out_scores(rows: TrainingRows, settings: Settings) -> FloatColumn:
    """Log-odds of each row by a model that was trained without its group."""
    folds = np.array([crc32(group.encode()) % FOLDS for group in rows.groups.tolist()])
    scores = np.zeros(len(rows))
    columns = dict(zip(rows.inputs, rows.values.T, strict=True))
    for fold in range(FOLDS):
        inside = folds != fold
        part = rows.take(inside)
        model = fit_score(
            rows.inputs, part.values, part.harmful, type_weights(part.types), settings
        )
        outside = ~inside
        held = {name: column[outside] for name, column in columns.items()}
        scores[outside] = model.score(held, int(outside.sum())) / UNIT
    return scores


def recall_at(scores: FloatColumn, harmful: NDArray[np.bool_], rate: float) -> NDArray[np.bool_]:
    """Which rows lie above the score that at most this share of the harmless ones exceeds."""
    ranked = np.sort(scores[~harmful])[::-1]
    threshold = ranked[min(int(rate * len(ranked)), len(ranked) - 1)]
    above: NDArray[np.bool_] = scores > threshold
    return above


def _presumed(rows: TrainingRows, scores: FloatColumn) -> NDArray[np.bool_]:
    """Unlabelled rows that look most like attacks: an unclean history must not teach as clean."""
    open_rows = ~rows.labelled & ~rows.harmful
    if not open_rows.any():
        return np.zeros(len(rows), dtype=np.bool_)
    limit = np.quantile(scores[open_rows], 1.0 - PRESUMED_SHARE)
    presumed: NDArray[np.bool_] = open_rows & (scores > limit)
    return presumed


def _extended(
    rows: TrainingRows, early: TrainingRows, settings: Settings
) -> tuple[NDArray[np.float64], NDArray[np.bool_], FloatColumn]:
    """Values, harm and weights, with states that the history does not show.

    Some rows come once more without a level, which may be late or fail; some with what was known
    at the very beginning, for a tenant may be new.
    """
    generator = np.random.default_rng(settings.seed)
    weights = type_weights(rows.types)
    masked, lost = _masked(rows, generator)
    unknown, strange = _unknown(rows, early, generator)
    return (
        np.vstack([rows.values, masked, unknown]),
        np.concatenate([rows.harmful, rows.harmful[lost], rows.harmful[strange]]),
        np.concatenate([weights, weights[lost] * MASKED_WEIGHT, weights[strange]]),
    )


_Copies = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Values, and the places of the rows that they are copies of."""


def _masked(rows: TrainingRows, generator: np.random.Generator) -> _Copies:
    levels = sorted({name.partition(".")[0] for name in rows.inputs} - {"message", "rule"})
    drawn = np.flatnonzero(generator.random(len(rows)) < MASKED_SHARE)
    values = rows.values[drawn].copy()
    lost = generator.integers(len(levels), size=len(drawn))
    for number, level in enumerate(levels):
        places = [p for p, name in enumerate(rows.inputs) if name.startswith(f"{level}.")]
        values[np.ix_(np.flatnonzero(lost == number), np.array(places))] = np.nan
    return _with_rules(rows.inputs, values), drawn


def _unknown(rows: TrainingRows, early: TrainingRows, generator: np.random.Generator) -> _Copies:
    """Rows with the levels of entities of early messages that go the same way."""
    inside = rows.inputs.index("message.inbound")
    entities = np.array(
        [p for p, name in enumerate(rows.inputs) if not name.startswith(("message.", RULE_PREFIX))]
    )
    drawn = np.flatnonzero(generator.random(len(rows)) < UNKNOWN_SHARE)
    values = rows.values[drawn].copy()
    kept = np.zeros(len(drawn), dtype=np.bool_)
    for way in (0.0, 1.0):
        donors = np.flatnonzero(early.values[:, inside] == way)
        wanted = np.flatnonzero(values[:, inside] == way)
        if len(donors) and len(wanted):
            chosen = generator.choice(donors, size=len(wanted))
            values[np.ix_(wanted, entities)] = early.values[np.ix_(chosen, entities)]
            kept[wanted] = True
    return _with_rules(rows.inputs, values[kept]), drawn[kept]


def _with_rules(inputs: Sequence[str], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values with the scores that rules give them."""
    detectors = load_detectors()
    columns = dict(zip(inputs, values.T, strict=True))
    scores = detectors.evaluate(columns, len(values))
    for number, name in enumerate(detectors.ids):
        if RULE_PREFIX + name in columns:
            values[:, inputs.index(RULE_PREFIX + name)] = scores[:, number]
    return values


def _usual(rows: TrainingRows) -> dict[str, float | None]:
    """The median of each input in harmless mail, None if it is usually missing."""
    harmless = rows.values[~rows.harmful]
    usual: dict[str, float | None] = {}
    for place, name in enumerate(rows.inputs):
        known = harmless[:, place][~np.isnan(harmless[:, place])]
        often = len(known) >= len(harmless) / 2
        usual[name] = round(float(np.median(known)), 3) if often else None
    return usual


def _rules(inputs: Sequence[str]) -> list[str]:
    return [name.removeprefix(RULE_PREFIX) for name in inputs if name.startswith(RULE_PREFIX)]


def _card(
    rows: TrainingRows, scores: FloatColumn, plan: TrainingPlan, presumed: int
) -> Mapping[str, Any]:
    """What the model was made from, how good it is, and where its limits are."""
    found = recall_at(scores, rows.harmful, FALSE_ALERTS)
    types: Sequence[str] = sorted(set(rows.types[rows.harmful].tolist()))
    by_type = {name: round(float(found[rows.types == name].mean()), 3) for name in types}
    return {
        "data": dict(sorted(Counter(rows.source.tolist()).items())),
        "attacks": dict(sorted(Counter(rows.types[rows.harmful].tolist()).items())),
        "harmless": int((~rows.harmful).sum()),
        "presumption_dropped": presumed,
        "licence": plan.licence,
        "rules": _rules(rows.inputs) if plan.weighs_rules else [],
        "left_out": sorted(GIVE_AWAYS),
        "leaks": leaks(rows),
        "held_out_by": "scenario, campaign or message",
        "recall_at_1_in_1000": round(float(found[rows.harmful].mean()), 3),
        "recall_by_type": by_type,
        "harm_share": plan.harm_share,
        "trained_with": f"LightGBM {lightgbm().__version__}, detection-stream {__version__}",
        "limits": (
            "Figures are for attacks held out by scenario, most of them simulated; real ones "
            "differ. Probabilities hold for mail of which harm_share is harmful."
        ),
    }
