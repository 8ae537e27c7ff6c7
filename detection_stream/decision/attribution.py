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
from detection_stream.decision.policy import Decision
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
            "detectors": counted[index],
            "shadow": shadow[index],
            "signals": {
                name: value
                for name, value in zip(names, values[index], strict=True)
                if value == value  # noqa: PLR0124 - NaN means missing and is left out
            },
        }
        yield context, orjson.dumps(verdict), orjson.dumps(attribution)


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
