"""Tells the reasons of a decision in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from detection_stream.decision.decision_model import RULE_PREFIX
from detection_stream.signals.registry import all_signals


def told(fact: Mapping[str, Any]) -> str:
    """A fact of a decision's reasons: what was seen, and what is usual."""
    seen = zip(fact["inputs"], fact["values"], fact["usual"], strict=True)
    return "; ".join(_seen(name, value, usual) for name, value, usual in seen)


def named(name: str) -> str:
    """What an input is, in words."""
    if name.startswith(RULE_PREFIX):
        return f"Rule {name.removeprefix(RULE_PREFIX)}"
    signal = _signals().get(name)
    return signal.description.partition(";")[0].rstrip(".") if signal else name


def _seen(name: str, value: float | None, usual: float | None) -> str:
    said = f"{named(name)}: {_valued(name, value)}"
    return said if value == usual else f"{said} (usually {_valued(name, usual)})"


def _valued(name: str, value: float | None) -> str:
    if value is None:
        return "no opinion" if name.startswith(RULE_PREFIX) else "unknown"
    signal = _signals().get(name)
    if signal and signal.type == "flag":
        return "yes" if value else "no"
    return f"{value:.3g}"


@cache
def _signals() -> dict[str, Any]:
    return {signal.name: signal for signal in all_signals()}
