"""Measures verdicts and scores against labels, overall, by class of attack and by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from detection_stream.evaluation import ranking
from detection_stream.evaluation.calibration import Calibration, calibration
from detection_stream.evaluation.detector_worth import DetectorWorth, detector_worths
from detection_stream.evaluation.outcomes import Mask, Outcomes
from detection_stream.evaluation.proportion import Proportion

FLAGGED: Final = "flagged"
"""Stands for the verdict itself, where the other measures are rates of false alerts."""
MEASURES: Final = (FLAGGED, *ranking.RATES)
MAX_GROUPS: Final = 40
"""Values of a field of labels by which messages are told apart; the most frequent ones."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Attacks found: messages by each of ``MEASURES``, and campaigns of which one was found."""

    messages: dict[str, Proportion]
    campaigns: dict[str, Proportion]


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Messages with one value of a field: attacks found and false alerts."""

    recall: Recall
    alerts: dict[str, Proportion]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What verdicts are worth.

    ``alerts`` are harmless messages by measure, ``precision`` that of the verdicts among attacks
    and harmless messages in the shares that were labelled. ``macro`` is the mean recall of the
    classes. ``groups`` are by field and value.
    """

    outcomes: Outcomes
    thresholds: dict[str, float]
    all: Recall
    classes: dict[str, Recall]
    macro: dict[str, float]
    alerts: dict[str, Proportion]
    precision: Proportion
    average_precision: float
    calibration: Calibration
    detectors: dict[str, DetectorWorth]
    groups: dict[str, dict[str, GroupFigures]]
    curve: list[tuple[float, float]]
    found: dict[str, Mask]

    @property
    def base_rate(self) -> float:
        """Share of attacks among attacks and harmless messages."""
        attacks, harmless = self.all.messages[FLAGGED].of, self.alerts[FLAGGED].of
        return attacks / max(attacks + harmless, 1)


def evaluate(outcomes: Outcomes, by: Collection[str] = ()) -> Evaluation:
    """Measure outcomes; ``by`` names fields of the labels that tell groups apart."""
    attacks, harmless, scores = outcomes.attacks, outcomes.harmless, outcomes.scores
    limits = ranking.thresholds(scores[harmless])
    found = {FLAGGED: outcomes.flagged} | {rate: scores > at for rate, at in limits.items()}
    kinds = np.array([label.kind for label in outcomes.labels], dtype=object)
    classes = {
        str(kind): _recall(outcomes, attacks & (kinds == kind), found)
        for kind in sorted(set(kinds[attacks]))
    }
    caught = int((outcomes.flagged & attacks).sum())
    judged = caught + int((outcomes.flagged & harmless).sum())
    either = attacks | harmless
    return Evaluation(
        outcomes=outcomes,
        thresholds=limits,
        all=_recall(outcomes, attacks, found),
        classes=classes,
        macro={
            measure: float(np.mean([one.messages[measure].value for one in classes.values()]))
            if classes
            else float("nan")
            for measure in MEASURES
        },
        alerts=_alerts(harmless, found),
        precision=Proportion(caught, judged, judged),
        average_precision=ranking.average_precision(scores[attacks], scores[harmless]),
        calibration=calibration(scores[either], attacks[either]),
        detectors=detector_worths(outcomes),
        groups={name: _groups(outcomes, name, found) for name in by},
        curve=ranking.curve(scores[attacks], scores[harmless]),
        found=found,
    )


def _recall(outcomes: Outcomes, rows: Mask, found: dict[str, Mask]) -> Recall:
    campaigns = outcomes.campaigns(rows).values()
    units = len(campaigns)
    count = int(rows.sum())
    return Recall(
        {name: Proportion(int((mask & rows).sum()), count, units) for name, mask in found.items()},
        {
            name: Proportion(sum(bool(mask[each].any()) for each in campaigns), units, units)
            for name, mask in found.items()
        },
    )


def _alerts(rows: Mask, found: dict[str, Mask]) -> dict[str, Proportion]:
    count = int(rows.sum())
    return {
        name: Proportion(int((mask & rows).sum()), count, count) for name, mask in found.items()
    }


def _groups(outcomes: Outcomes, name: str, found: dict[str, Mask]) -> dict[str, GroupFigures]:
    values = np.array([label.groups.get(name, "") for label in outcomes.labels], dtype=object)
    usual = [value for value, _ in Counter(values.tolist()).most_common(MAX_GROUPS)]
    attacks, harmless = outcomes.attacks, outcomes.harmless
    return {
        value: GroupFigures(
            _recall(outcomes, attacks & (values == value), found),
            _alerts(harmless & (values == value), found),
        )
        for value in sorted(usual)
    }
