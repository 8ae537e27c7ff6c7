"""From the detectors that fired to one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection_stream.detectors.registry import DetectorSet
from detection_stream.detectors.rule import Rule
from detection_stream.model.batch import FloatColumn
from detection_stream.model.tenant import TenantPolicy, Thresholds

VERDICTS = ("malicious", "suspicious", "spam", "graymail", "safe")
"""What a message can be, the worst first."""
NOT_ATTACKS = ("spam", "graymail")


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for each message of a batch; ``fired`` is messages by detectors.

    Detectors that the tenant has muted are not among those that fired.
    """

    verdicts: list[str]
    scores: FloatColumn
    attack_types: list[str]
    fired: NDArray[np.bool_]
    policies: Sequence[TenantPolicy]


def decide(
    detectors: DetectorSet, fired: NDArray[np.bool_], policies: Sequence[TenantPolicy]
) -> Decision:
    """Combine the detectors that fired on each message by the policy of its tenant.

    Attacks, spam and graymail are scored apart; the strongest class names the verdict, attacks
    before spam before graymail. The attack type is that of the most confident detector.
    """
    rules, classes = detectors.rules, _classes(detectors)
    counted = _without_muted(detectors, fired, policies)
    scores = class_scores(detectors, counted)
    verdicts, chosen = [], []
    for policy, attack, spam, graymail in zip(policies, *scores.values(), strict=True):
        verdict, kind = _verdict(policy.thresholds, attack, spam, graymail)
        verdicts.append(verdict)
        chosen.append(kind)
    types = [
        _strongest(rules, row & (classes == kind)) if kind else ""
        for row, kind in zip(counted, chosen, strict=True)
    ]
    total = np.maximum(scores["attack"], np.maximum(scores["spam"], scores["graymail"]))
    return Decision(verdicts, total, types, counted, policies)


def class_scores(detectors: DetectorSet, fired: NDArray[np.bool_]) -> dict[str, FloatColumn]:
    """Scores (0 to 1) of ``attack``, ``spam`` and ``graymail`` for each message.

    Each detector leaves 1 - confidence of the doubt (noisy-or), in order of id.
    """
    confidence = np.array([rule.confidence for rule in detectors.rules])
    classes = _classes(detectors)
    return {
        name: _noisy_or(fired[:, classes == name], confidence[classes == name])
        for name in ("attack", *NOT_ATTACKS)
    }


def _classes(detectors: DetectorSet) -> NDArray[np.str_]:
    types = (rule.attack_type for rule in detectors.rules)
    return np.array([kind if kind in NOT_ATTACKS else "attack" for kind in types])


def _without_muted(
    detectors: DetectorSet, fired: NDArray[np.bool_], policies: Sequence[TenantPolicy]
) -> NDArray[np.bool_]:
    if not any(policy.muted for policy in policies):
        return fired
    counts = {
        muted: ~np.isin(detectors.ids, muted) for muted in {policy.muted for policy in policies}
    }
    counted: NDArray[np.bool_] = fired & np.array([counts[policy.muted] for policy in policies])
    return counted


def _verdict(
    thresholds: Thresholds, attack: float, spam: float, graymail: float
) -> tuple[str, str]:
    if attack >= thresholds.malicious:
        return "malicious", "attack"
    if attack >= thresholds.suspicious:
        return "suspicious", "attack"
    if spam >= thresholds.spam:
        return "spam", "spam"
    if graymail >= thresholds.graymail:
        return "graymail", "graymail"
    return "safe", ""


def _noisy_or(fired: NDArray[np.bool_], confidence: FloatColumn) -> FloatColumn:
    doubt = np.ones(len(fired))
    for number in np.flatnonzero(fired.any(axis=0)).tolist():
        doubt = np.where(fired[:, number], doubt * (1.0 - confidence[number]), doubt)
    return np.round(1.0 - doubt, 6)


def _strongest(rules: Sequence[Rule], row: NDArray[np.bool_]) -> str:
    candidates = [rules[number] for number in np.flatnonzero(row).tolist()]
    best = max(candidates, key=lambda rule: rule.confidence, default=None)
    return best.attack_type if best else ""
