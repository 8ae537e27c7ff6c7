"""Verdicts and attributions as records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson

from detection_stream.decision.joined import Joined
from detection_stream.decision.policy import Decision
from detection_stream.detectors.registry import DetectorSet
from detection_stream.detectors.rule import Rule

_EPOCH = datetime(1970, 1, 1)


def records(
    joined: Joined, decision: Decision, detectors: DetectorSet, state_version: int
) -> Iterator[tuple[dict[str, Any], bytes, bytes]]:
    """For each message its context, its verdict and its attribution, the two as JSON."""
    names = list(joined.signals)
    values = np.column_stack(list(joined.signals.values())).tolist()
    fired_by_place: list[list[Rule]] = [[] for _ in joined.context]
    for place, number in np.argwhere(decision.fired).tolist():
        fired_by_place[place].append(detectors.rules[number])
    thresholds = {policy: asdict(policy.thresholds) for policy in set(decision.policies)}
    for place, context in enumerate(joined.context):
        fired = fired_by_place[place]
        verdict = {
            "uid": context["uid"],
            "message_id": context["message_id"],
            "tenant": context["tenant"],
            "verdict": decision.verdicts[place],
            "score": float(decision.scores[place]),
            "attack_type": decision.attack_types[place] or None,
            "revision": joined.revisions[place],
            "missing_levels": joined.missing[place],
            "state_version": state_version,
            "tenant_status": decision.policies[place].status,
            "detectors": [rule.id for rule in fired],
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
            "revision": joined.revisions[place],
            "detector_version": detectors.version,
            "state_version": state_version,
            "thresholds": thresholds[decision.policies[place]],
            "muted": decision.policies[place].muted,
            "detectors": [
                {
                    "id": rule.id,
                    "attack_type": rule.attack_type,
                    "severity": rule.severity,
                    "confidence": rule.confidence,
                    "signals": rule.signals_listed,
                }
                for rule in fired
            ],
            "signals": {
                name: value
                for name, value in zip(names, values[place], strict=True)
                if value == value  # noqa: PLR0124 - NaN means missing and is left out
            },
        }
        yield context, orjson.dumps(verdict), orjson.dumps(attribution)


def rfc3339(milliseconds: int) -> str:
    """A time as people and tools read it, in UTC with milliseconds."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return f"{moment.isoformat(timespec='milliseconds')}Z"
