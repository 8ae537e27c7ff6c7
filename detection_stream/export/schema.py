"""The columns of an exported row, each with its description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import pyarrow as pa

from detection_stream.model.tenant import TenantPolicy, Thresholds
from detection_stream.signals.registry import all_signals

SCORES = pa.map_(pa.string(), pa.float64())

_VERDICT = (
    ("uid", pa.string(), "identifies the message; with revision, the row"),
    ("revision", pa.int32(), "the highest of a uid counts"),
    ("tenant", pa.string(), "the organisation that owns the mail"),
    ("message_id", pa.string(), "Message-ID without angle brackets"),
    ("received_at", pa.timestamp("ms", tz="UTC"), "when the receiving side got it"),
    ("verdict", pa.string(), "malicious, suspicious, spam, graymail or safe"),
    ("score", pa.float64(), "0 to 1: probability that the message is an attack or spam"),
    ("attack_type", pa.string(), "the most likely one; null if safe"),
    ("detectors", pa.list_(pa.string()), "ids of the detectors whose threshold was reached"),
    ("detector_scores", SCORES, "score of each detector that had an opinion and counted"),
    ("shadow_scores", SCORES, "score of each detector in shadow that had an opinion"),
    ("missing_levels", pa.list_(pa.string()), "levels whose signals did not arrive in time"),
    ("direction", pa.string(), "inbound, outbound or internal"),
    ("sender", pa.string(), "address of From"),
    ("sender_name", pa.string(), "display name of From"),
    ("recipients", pa.list_(pa.string()), "addresses, the first 20"),
    ("subject", pa.string(), "the first 300 characters"),
    ("detector_version", pa.string(), "hash of the detectors that decided"),
    ("state_version", pa.int32(), "state version that made the decision"),
    ("tenant_status", pa.string(), "learning (baselines were being built) or active"),
    ("model", pa.string(), "version of the decision model that decided"),
    ("policy", pa.string(), "JSON: thresholds and muted detectors of the tenant; empty: defaults"),
)

_COMPUTED = (
    "received_at",
    "detector_version",
    "model",
    "policy",
    "detector_scores",
    "shadow_scores",
)
_NAMING = ("uid", "revision", "state_version", "tenant", "message_id", "received_at")


@cache
def schema(signals: tuple[str, ...] = ()) -> pa.Schema:
    """The columns of a verdict, then one float64 column per signal, null if missing.

    With ``signals``, only those, besides the message's identifiers.
    """
    fields = [
        _field(*described) for described in _VERDICT if not signals or described[0] in _NAMING
    ]
    fields += [
        _field(signal.name, pa.float64(), f"{signal.type}: {signal.description}")
        for signal in all_signals()
        if not signals or signal.name in signals
    ]
    return pa.schema(fields)


def _field(name: str, kind: pa.DataType, description: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": description})


def table(
    pairs: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], signals: tuple[str, ...] = ()
) -> pa.Table:
    """Rows of verdicts, each with its attribution (both as in their topics)."""
    wanted = schema(signals)
    columns: dict[str, list[Any]] = {name: [] for name in wanted.names}
    levels = [name for name in wanted.names if "." in name]
    plain = [name for name in wanted.names if "." not in name and name not in _COMPUTED]
    for verdict, attribution in pairs:
        for name in plain:
            columns[name].append(verdict.get(name))
        columns["received_at"].append(datetime.fromisoformat(verdict["received_at"]))
        if "detector_version" in columns:
            columns["detector_version"].append(attribution["detector_version"])
            columns["model"].append(attribution.get("model"))
            columns["policy"].append(_policy(verdict, attribution))
            columns["detector_scores"].append(_scores(attribution["detectors"]))
            columns["shadow_scores"].append(_scores(attribution["shadow"]))
        found = attribution["signals"]
        for name in levels:
            columns[name].append(found.get(name))
    return pa.table(columns, schema=wanted)


def _scores(opinions: Iterable[Mapping[str, Any]]) -> list[tuple[str, float]]:
    return [(opinion["id"], opinion["score"]) for opinion in opinions]


def _policy(verdict: Mapping[str, Any], attribution: Mapping[str, Any]) -> str:
    thresholds = Thresholds(**attribution.get("thresholds", {}))
    muted = tuple(attribution.get("muted", ()))
    status = verdict.get("tenant_status", "active")
    model = attribution.get("model", "") if attribution.get("own_model") else ""
    return TenantPolicy(status, thresholds, muted, model).encode()
