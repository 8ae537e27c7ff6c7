"""From the scores of detectors to one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection_stream.detectors.registry import DetectorSet, Scores
from detection_stream.model.batch import FloatColumn
from detection_stream.model.tenant import TenantPolicy, Thresholds

VERDICTS = ("malicious", "suspicious", "spam", "graymail", "safe")
"""Possible verdicts, worst first."""
NOT_ATTACKS = ("spam", "graymail")


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision for each message of a batch.

    ``opinions`` are the scores that counted and ``shadow`` those that did not, each messages by
    detectors with NaN for none; scores of detectors that the tenant has muted are in neither.
    ``hits`` and ``shadow_hits`` are where they reach their detector's threshold.
    """

    verdicts: list[str]
    scores: FloatColumn
    attack_types: list[str]
    opinions: Scores
    shadow: Scores
    hits: NDArray[np.bool_]
    shadow_hits: NDArray[np.bool_]
    policies: Sequence[TenantPolicy]


def decide(detectors: DetectorSet, scores: Scores, policies: Sequence[TenantPolicy]) -> Decision:
    """Combine the scores of each message (see ``DetectorSet.evaluate``) by its tenant's policy.

    Attacks, spam and graymail are scored separately; the strongest class gives the verdict, attacks
    before spam before graymail. The attack type is that of the hit with the highest score.
    """
    counted = _without_muted(detectors, scores, policies)
    shadow = np.full_like(counted, np.nan)
    if not detectors.active.all():
        counted, shadow = (
            np.where(detectors.active, counted, np.nan),
            np.where(detectors.active, np.nan, counted),
        )
    by_class = class_scores(detectors, counted)
    attack_types = _attack_types(detectors, counted)
    verdicts, types = [], []
    for policy, kind, attack, spam, graymail in zip(
        policies, attack_types, *by_class.values(), strict=True
    ):
        verdict, chosen = _verdict(policy.thresholds, attack, spam, graymail)
        verdicts.append(verdict)
        types.append(kind if chosen == "attack" else chosen)
    total = np.maximum(by_class["attack"], np.maximum(by_class["spam"], by_class["graymail"]))
    hits, shadow_hits = detectors.hits(counted), detectors.hits(shadow)
    return Decision(verdicts, total, types, counted, shadow, hits, shadow_hits, policies)


def class_scores(detectors: DetectorSet, scores: Scores) -> dict[str, FloatColumn]:
    """Scores (0 to 1) of ``attack``, ``spam`` and ``graymail`` for each message.

    Each opinion leaves 1 - score of the doubt (noisy-or), in order of the detectors' ids.
    """
    classes = _classes(detectors)
    return {
        name: noisy_or(scores[:, np.flatnonzero(classes == name)])
        for name in ("attack", *NOT_ATTACKS)
    }


def noisy_or(scores: Scores) -> FloatColumn:
    """One minus the doubt that the scores of each row leave, to six digits; NaN leaves all."""
    doubt = np.ones(len(scores))
    known = ~np.isnan(scores)
    for number in np.flatnonzero(known.any(axis=0)).tolist():
        doubt = np.where(known[:, number], doubt * (1.0 - scores[:, number]), doubt)
    return np.round(1.0 - doubt, 6)


def _classes(detectors: DetectorSet) -> NDArray[np.str_]:
    types = detectors.attack_types
    return np.where(np.isin(types, NOT_ATTACKS), types, "attack")


def _without_muted(
    detectors: DetectorSet, scores: Scores, policies: Sequence[TenantPolicy]
) -> Scores:
    if not any(policy.muted for policy in policies):
        return scores
    muted = {names: np.isin(detectors.ids, names) for names in {p.muted for p in policies}}
    return np.where(np.array([muted[policy.muted] for policy in policies]), np.nan, scores)


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


def _attack_types(detectors: DetectorSet, scores: Scores) -> list[str]:
    """The attack type of the highest attack score of each message, of equal ones the first."""
    attacks = np.flatnonzero(_classes(detectors) == "attack")
    highest = np.argmax(np.nan_to_num(scores[:, attacks], nan=-1.0), axis=1)
    return [detectors.detectors[number].attack_type for number in attacks[highest].tolist()]
