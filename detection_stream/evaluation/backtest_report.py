"""A back-test as JSON and as a page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from detection_stream.evaluation.backtest import Backtest
from detection_stream.evaluation.page import render
from detection_stream.evaluation.quality import Quality


def as_json(result: Backtest) -> dict[str, Any]:
    """A back-test's complete result, as one object."""
    return {
        "messages": result.messages,
        "seconds": round(result.seconds, 3),
        "microseconds_per_message": round(result.seconds / max(result.messages, 1) * 1e6, 2),
        "verdicts": {"before": dict(result.before), "after": dict(result.after)},
        "flagged": {tenant: dict(kinds) for tenant, kinds in result.flagged.items()},
        "cleared": {tenant: dict(kinds) for tenant, kinds in result.cleared.items()},
        "detectors": {
            name: asdict(hits) for name, hits in sorted(result.hits.items()) if any(_all(hits))
        },
        "quality": [_quality(quality) for quality in result.quality] if result.quality else None,
        "examples": {
            name: [asdict(change) for change in changes]
            for name, changes in result.examples.items()
        },
    }


def _all(hits: Any) -> tuple[int, ...]:
    return tuple(asdict(hits).values())


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        "attacks": quality.attacks,
        "caught": quality.caught,
        "harmless": quality.harmless,
        "false_positives": quality.false,
        "precision": round(quality.precision, 6),
        "recall": round(quality.recall, 6),
        "false_positive_rate": round(quality.false_rate, 6),
        "by_type": {kind: list(counts) for kind, counts in sorted(quality.by_type.items())},
    }


def as_page(result: Backtest, title: str) -> str:
    """A self-contained page; values from mail are escaped."""
    return render("backtest.html", title=title, found=as_json(result))
