"""From the scores of detectors to one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection_stream.decision.decision_model import DecisionModel
from detection_stream.decision.judging import Judgement, judge
from detection_stream.detectors.registry import DetectorSet, Scores
from detection_stream.model.batch import FloatColumn
from detection_stream.model.tenant import TenantPolicy, Thresholds

VERDICTS = ("malicious", "suspicious", "spam", "graymail", "safe")
"""Possible verdicts, worst first."""
_HARMFUL = ("malicious", "suspicious", "spam")


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision for each message of a batch.

    ``opinions`` are the scores that counted and ``shadow`` those that did not, each messages by
    detectors with NaN for none; scores of detectors that the tenant has muted are in neither.
    ``hits`` and ``shadow_hits`` are where they reach their detector's threshold. ``scores`` are
    probabilities of harm.
    """

    verdicts: list[str]
    scores: FloatColumn
    attack_types: list[str]
    opinions: Scores
    shadow: Scores
    hits: NDArray[np.bool_]
    shadow_hits: NDArray[np.bool_]
    policies: Sequence[TenantPolicy]
    models: Sequence[DecisionModel]


def decide(
    detectors: DetectorSet,
    scores: Scores,
    policies: Sequence[TenantPolicy],
    models: Sequence[DecisionModel],
    signals: Mapping[str, FloatColumn],
) -> Decision:
    """Decide each message by its tenant's policy and model.

    ``scores`` are those of all detectors (see ``DetectorSet.evaluate``). The score of a message is
    the probability of harm that its model gives, or what the detectors say together that the model
    has not weighed, if that is more. Harm of type spam makes spam, any other type suspicious or
    malicious; what is none of these is graymail if a detector says so.
    """
    counted = _without_muted(detectors, scores, policies)
    shadow = np.full_like(counted, np.nan)
    if not detectors.active.all():
        counted, shadow = (
            np.where(detectors.active, counted, np.nan),
            np.where(detectors.active, np.nan, counted),
        )
    judgement = judge(models, signals, detectors, counted)
    beside = np.where(judgement.apart & ~_graymail(detectors), counted, np.nan)
    harm, types = _with_others(detectors, judgement, beside)
    graymail = noisy_or(np.where(_graymail(detectors), counted, np.nan))
    verdicts = [
        _verdict(policy.thresholds, score, kind, grey)
        for policy, score, kind, grey in zip(policies, harm, types, graymail, strict=True)
    ]
    named = [
        kind if verdict in _HARMFUL else "graymail" if verdict == "graymail" else ""
        for verdict, kind in zip(verdicts, types, strict=True)
    ]
    hits, shadow_hits = detectors.hits(counted), detectors.hits(shadow)
    return Decision(verdicts, harm, named, counted, shadow, hits, shadow_hits, policies, models)


def _with_others(
    detectors: DetectorSet, judgement: Judgement, beside: Scores
) -> tuple[FloatColumn, list[str]]:
    """The probability of harm and its type, with detectors that the model has not weighed.

    Hints of spam and hints of attacks do not add up.
    """
    harm, types = judgement.probabilities, list(judgement.attack_types)
    spam = detectors.attack_types == "spam"
    for inside in (~spam, spam):
        scores = np.where(inside, beside, np.nan)
        others = noisy_or(scores)
        stronger = np.flatnonzero(others > harm)
        highest = np.argmax(np.nan_to_num(scores[stronger], nan=-1.0), axis=1)
        for place, number in zip(stronger.tolist(), highest.tolist(), strict=True):
            types[place] = detectors.detectors[number].attack_type
        harm = np.maximum(harm, others)
    return harm, types


def noisy_or(scores: Scores) -> FloatColumn:
    """One minus the doubt that the scores of each row leave, to six digits; NaN leaves all."""
    doubt = np.ones(len(scores))
    known = ~np.isnan(scores)
    for number in np.flatnonzero(known.any(axis=0)).tolist():
        doubt = np.where(known[:, number], doubt * (1.0 - scores[:, number]), doubt)
    return np.round(1.0 - doubt, 6)


def _graymail(detectors: DetectorSet) -> NDArray[np.bool_]:
    wanted: NDArray[np.bool_] = detectors.attack_types == "graymail"
    return wanted


def _without_muted(
    detectors: DetectorSet, scores: Scores, policies: Sequence[TenantPolicy]
) -> Scores:
    if not any(policy.muted for policy in policies):
        return scores
    muted = {names: np.isin(detectors.ids, names) for names in {p.muted for p in policies}}
    return np.where(np.array([muted[policy.muted] for policy in policies]), np.nan, scores)


def _verdict(thresholds: Thresholds, harm: float, kind: str, graymail: float) -> str:
    if kind == "spam":
        if harm >= thresholds.spam:
            return "spam"
    elif harm >= thresholds.malicious:
        return "malicious"
    elif harm >= thresholds.suspicious:
        return "suspicious"
    return "graymail" if graymail >= thresholds.graymail else "safe"
