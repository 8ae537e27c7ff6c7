"""From the detectors that fired to one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection_stream.detectors.registry import DetectorSet
from detection_stream.detectors.rule import Rule
from detection_stream.model.batch import FloatColumn

MALICIOUS = 0.85
"""Score from which an attack is certain enough to block."""
SUSPICIOUS = 0.5
"""Score from which a message should be looked at, or put with the spam."""
GRAYMAIL = 0.1
"""Score of bulk mail from which it counts as graymail rather than safe."""

NOT_ATTACKS = ("spam", "graymail")


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for each message of a batch; ``fired`` is messages by detectors."""

    verdicts: list[str]
    scores: FloatColumn
    attack_types: list[str]
    fired: NDArray[np.bool_]


def decide(detectors: DetectorSet, fired: NDArray[np.bool_]) -> Decision:
    """Combine detectors: each leaves 1 - confidence of the doubt (noisy-or), in order of id.

    Attacks, spam and graymail are scored apart; the strongest class names the verdict, attacks
    before spam before graymail. The attack type is that of the most confident detector.
    """
    rules = detectors.rules
    confidence = np.array([rule.confidence for rule in rules])
    classes = np.array(
        [rule.attack_type if rule.attack_type in NOT_ATTACKS else "attack" for rule in rules]
    )
    scores = {
        name: _noisy_or(fired[:, classes == name], confidence[classes == name])
        for name in ("attack", *NOT_ATTACKS)
    }
    verdicts, chosen = [], []
    for attack, spam, graymail in zip(*scores.values(), strict=True):
        verdict, kind = _verdict(attack, spam, graymail)
        verdicts.append(verdict)
        chosen.append(kind)
    types = [
        _strongest(rules, row & (classes == kind)) if kind else ""
        for row, kind in zip(fired, chosen, strict=True)
    ]
    total = np.maximum(scores["attack"], np.maximum(scores["spam"], scores["graymail"]))
    return Decision(verdicts, total, types, fired)


def _verdict(attack: float, spam: float, graymail: float) -> tuple[str, str]:
    if attack >= MALICIOUS:
        return "malicious", "attack"
    if attack >= SUSPICIOUS:
        return "suspicious", "attack"
    if spam >= SUSPICIOUS:
        return "spam", "spam"
    if graymail >= GRAYMAIL:
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
