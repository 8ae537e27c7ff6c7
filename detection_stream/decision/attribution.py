"""Verdicts and attributions as records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from detection_stream.decision.joined import Joined
from detection_stream.decision.judging import model_inputs
from detection_stream.decision.policy import Decision
from detection_stream.decision.reasons import MIN_PROBABILITY, reasons
from detection_stream.decision.strategy import strategy
from detection_stream.detectors.registry import DetectorSet, Scores

_EPOCH = datetime(1970, 1, 1)


def records(
    joined: Joined, decision: Decision, detectors: DetectorSet, state_version: int
) -> Iterator[tuple[dict[str, Any], bytes, bytes]]:
    """For each message its context, and its verdict and attribution as JSON."""
    names = list(joined.signals)
    values = np.column_stack(list(joined.signals.values())).tolist()
    counted = _opinions(detectors, decision.opinions, decision.hits)
    shadow = _opinions(detectors, decision.shadow, decision.shadow_hits)
    thresholds = {policy: asdict(policy.thresholds) for policy in set(decision.policies)}
    explained = _explained(joined, decision, detectors)
    for index, context in enumerate(joined.context):
        verdict = {
            "uid": context["uid"],
            "message_id": context["message_id"],
            "tenant": context["tenant"],
            "verdict": decision.verdicts[index],
            "score": float(decision.scores[index]),
            "attack_type": decision.attack_types[index] or None,
            "revision": joined.revisions[index],
            "missing_levels": joined.missing[index],
            "state_version": state_version,
            "tenant_status": decision.policies[index].status,
            "detectors": [opinion["id"] for opinion in counted[index] if opinion["hit"]],
            "received_at": rfc3339(context["received_at"]),
            "direction": context["direction"],
            "sender": context["sender"],
            "sender_name": context["sender_name"],
            "recipients": context["recipients"].split(",") if context["recipients"] else [],
            "subject": context["subject"],
        }
        attribution = {
            "uid": context["uid"],
            "tenant": context["tenant"],
            "revision": joined.revisions[index],
            "detector_version": detectors.version,
            "state_version": state_version,
            "thresholds": thresholds[decision.policies[index]],
            "muted": decision.policies[index].muted,
            "model": decision.models[index].version,
            "reasons": explained.get(index),
            "detectors": counted[index],
            "shadow": shadow[index],
            "signals": {
                name: value
                for name, value in zip(names, values[index], strict=True)
                if value == value  # noqa: PLR0124 - NaN means missing and is left out
            },
        }
        yield context, orjson.dumps(verdict), orjson.dumps(attribution)


def _explained(
    joined: Joined, decision: Decision, detectors: DetectorSet
) -> dict[int, dict[str, Any]]:
    """Reasons of the messages that may be harmful, by their places."""
    places = np.flatnonzero(decision.scores >= MIN_PROBABILITY).tolist()
    if not places:
        return {}
    columns = model_inputs(joined.signals, detectors, decision.opinions)
    found: dict[int, dict[str, Any]] = {}
    groups: dict[tuple[int, float], list[int]] = {}
    for place in places:
        harmful = decision.policies[place].thresholds.suspicious
        groups.setdefault((id(decision.models[place]), harmful), []).append(place)
    for (_, harmful), rows in groups.items():
        told = reasons(decision.models[rows[0]], columns, rows, harmful)
        for place, one in zip(rows, told, strict=True):
            signals = {name: float(column[place]) for name, column in joined.signals.items()}
            found[place] = {**one.described(), **strategy(signals)}
    return found


def _opinions(
    detectors: DetectorSet, scores: Scores, hits: NDArray[np.bool_]
) -> list[list[dict[str, Any]]]:
    """For each message the detectors that have an opinion of it, in order of their ids."""
    found: list[list[dict[str, Any]]] = [[] for _ in range(len(scores))]
    for index, number in np.argwhere(~np.isnan(scores)).tolist():
        detector = detectors.detectors[number]
        found[index].append(
            {
                "id": detector.id,
                "form": detector.form,
                "attack_type": detector.attack_type,
                "severity": detector.severity,
                "score": float(scores[index, number]),
                "hit": bool(hits[index, number]),
                "signals": detector.signals_listed,
            }
        )
    return found


def rfc3339(milliseconds: int) -> str:
    """An ISO 8601 time in UTC with milliseconds."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return f"{moment.isoformat(timespec='milliseconds')}Z"
