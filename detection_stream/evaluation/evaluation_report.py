"""An evaluation as JSON and as a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from detection_stream.evaluation.comparison import MeasureChange
from detection_stream.evaluation.detector_worth import DetectorWorth
from detection_stream.evaluation.evaluation import FLAGGED, Evaluation, Recall
from detection_stream.evaluation.outcomes import Outcomes
from detection_stream.evaluation.page import render
from detection_stream.evaluation.proportion import Proportion

MIN_RATE = 1e-5
"""Smallest share of false alerts in the chart."""


def as_json(found: Evaluation) -> dict[str, Any]:
    """All of an evaluation as one object; shares are from 0 to 1, null of nothing."""
    outcomes = found.outcomes
    return {
        "messages": {
            "attacks": found.all.messages[FLAGGED].of,
            "harmless": found.alerts[FLAGGED].of,
            "spam": sum(label.kind == "spam" for label in outcomes.labels),
            "without_verdict": outcomes.lacking,
            "without_label": outcomes.unlabelled,
        },
        "labels": _digest(outcomes),
        "attacks": _shares(found.all.messages),
        "campaigns": _shares(found.all.campaigns),
        "macro_recall": {name: _number(value) for name, value in found.macro.items()},
        "false_alerts": _shares(found.alerts),
        "precision": _share(found.precision),
        "average_precision": _number(found.average_precision),
        "base_rate": _number(found.base_rate),
        "thresholds": found.thresholds,
        "classes": {name: _recall(recall) for name, recall in found.classes.items()},
        "groups": {
            name: {
                value: {"attacks": _recall(group.recall), "false_alerts": _shares(group.alerts)}
                for value, group in groups.items()
            }
            for name, groups in found.groups.items()
        },
        "calibration": {
            "error": _number(found.calibration.error),
            "brier": _number(found.calibration.brier),
            "tenths": [
                {
                    "from": one.low,
                    "to": one.high,
                    "expected": _number(one.expected),
                    "attacks": _share(one.attacks),
                }
                for one in found.calibration.tenths
            ],
        },
        "detectors": {name: _worth(worth, found) for name, worth in found.detectors.items()},
        "found": _found(found),
    }


def _digest(outcomes: Outcomes) -> str:
    """The same for the same labelled messages, whatever was decided about them."""
    lines = sorted(
        f"{name}\0{label.kind}\0{label.campaign}"
        for name, label in zip(outcomes.names, outcomes.labels, strict=True)
    )
    return blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def _found(found: Evaluation) -> dict[str, Any]:
    """What is compared with another evaluation: campaigns found, and false alerts."""
    outcomes = found.outcomes
    campaigns = outcomes.campaigns(outcomes.attacks)
    alerts = (found.found[FLAGGED] & outcomes.harmless).nonzero()[0].tolist()
    return {
        "campaigns": {
            measure: sorted(name for name, rows in campaigns.items() if mask[rows].any())
            for measure, mask in found.found.items()
        },
        "false_alerts": sorted(outcomes.names[row] for row in alerts),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _share(share: Proportion) -> dict[str, Any]:
    low, high = share.interval
    return {
        "found": share.found,
        "of": share.of,
        "share": _number(share.value),
        "low": round(low, 6),
        "high": round(high, 6),
    }


def _shares(shares: Mapping[str, Proportion]) -> dict[str, Any]:
    return {name: _share(share) for name, share in shares.items()}


def _recall(recall: Recall) -> dict[str, Any]:
    return {"messages": _shares(recall.messages), "campaigns": _shares(recall.campaigns)}


def _worth(worth: DetectorWorth, found: Evaluation) -> dict[str, Any]:
    beside, share = worth.overlap
    return {
        "attacks": worth.attacks,
        "harmless": worth.harmless,
        "spam": worth.spam,
        "precision": _share(worth.precision),
        "only_it_found": worth.alone,
        "only_it_flagged_harmless": worth.false_alone,
        "false_alerts_per_1000": round(worth.harmless / max(found.alerts[FLAGGED].of, 1) * 1e3, 4),
        "most_often_beside": beside or None,
        "share_beside": round(share, 4),
    }


def as_page(
    found: Evaluation,
    report: Mapping[str, Any],
    title: str,
    changes: Sequence[MeasureChange] = (),
) -> str:
    """A page with charts; ``report`` is the evaluation as JSON."""
    return render(
        "evaluation.html",
        title=title,
        found=report,
        changes=changes,
        curve=_points(found.curve),
        measures=list(found.all.messages),
    )


def _points(curve: Sequence[tuple[float, float]]) -> str:
    """The curve in a chart of 100 by 100: false alerts from 1 in 100,000 to all, by powers."""
    points = []
    height = 0.0
    for false, recall in curve:
        across = math.log10(max(false, MIN_RATE) / MIN_RATE) / -math.log10(MIN_RATE) * 100
        points += [f"{across:.2f},{100 - height:.2f}", f"{across:.2f},{100 - recall * 100:.2f}"]
        height = recall * 100
    return " ".join(points)
