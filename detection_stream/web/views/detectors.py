"""Detectors: what they look for, how often they fire, and examples."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from detection_stream.detectors.detector import Detector
from detection_stream.detectors.registry import MODELS_DIRECTORY, RULES_DIRECTORY
from detection_stream.detectors.rule import Rule
from detection_stream.signals.registry import all_signals
from detection_stream.web.members import queries as q
from detection_stream.web.problems import not_found
from detection_stream.web.view import Parameters, Result, Visit, newest_verdicts, view
from detection_stream.web.views.overview import counts

MAX_EXAMPLES = 10


class DetectorsParameters(Parameters):
    """Hits within ``days`` days before the newest message."""

    tenant: str = ""
    days: Annotated[int, Meta(ge=1, le=400)] = 30


class DetectorSummary(Struct):
    """A detector with its hits; times are milliseconds since 1970, None for never.

    ``form`` is rule or model, ``state`` active or shadow; ``threshold`` is the score that a hit
    reaches. ``changed_at`` is when its file was last written.
    """

    id: str
    name: str
    attack_type: str
    severity: str
    form: str
    state: str
    threshold: float
    hits: int
    last_at: int | None
    changed_at: int | None


class Detectors(Result):
    """``version`` is a hash of all detectors: verdicts' attributions name it."""

    version: str
    detectors: list[DetectorSummary]


@view("/detectors", "detectors.html", DetectorsParameters, Detectors)
async def detectors(visit: Visit, asked: DetectorsParameters) -> Detectors:
    """All detectors with their hits and last change."""
    answers = await _hits(visit, asked.tenant, asked.days)
    return Detectors(
        version=visit.detectors.version,
        detectors=[_summary(one, answers) for one in visit.detectors.detectors],
    )


async def _hits(visit: Visit, tenant: str, days: int) -> list[q.CountsAnswer]:
    return await counts(visit, visit.tenants(tenant), days, hits=True)


def _summary(detector: Detector, answers: list[q.CountsAnswer]) -> DetectorSummary:
    found = [hit for a in answers for hit in a.hits if hit.detector == detector.id]
    return DetectorSummary(
        detector.id,
        detector.name,
        detector.attack_type,
        detector.severity,
        detector.form,
        detector.state.value,
        detector.threshold,
        sum(hit.hits for hit in found),
        max((hit.last_at for hit in found), default=None),
        _changed_at(detector),
    )


def _changed_at(detector: Detector) -> int | None:
    for file in (
        RULES_DIRECTORY / f"{detector.id}.yml",
        MODELS_DIRECTORY / f"{detector.id}.json",
    ):
        if file.exists():
            return int(datetime.fromtimestamp(file.stat().st_mtime, UTC).timestamp() * 1_000)
    return None


class DetectorParameters(Parameters):
    """A detector by its id."""

    detector: str
    tenant: str = ""
    days: Annotated[int, Meta(ge=1, le=400)] = 30


class DetectorTest(Struct):
    """A test of a rule: signals of a message (None is missing) and whether it must fire."""

    name: str
    signals: dict[str, float | None]
    fires: bool


class DetectorDetails(Result):
    """One detector; ``signals`` are those that it reads, with their descriptions.

    ``when``, ``unless`` and ``tests`` are those of a rule, empty for a model.
    """

    summary: DetectorSummary
    description: str
    techniques: list[str]
    when: str
    unless: str
    signals: dict[str, str]
    tests: list[DetectorTest]
    examples: list[q.VerdictRow]


@view("/detectors/{detector}", "detector.html", DetectorParameters, DetectorDetails)
async def detector(visit: Visit, asked: DetectorParameters) -> DetectorDetails:
    """One detector with its expression, tests, and messages it fired on."""
    found = visit.detectors.by_id.get(asked.detector)
    if found is None:
        raise not_found(f"unknown detector {asked.detector}; see the list")
    rule = found if isinstance(found, Rule) else None
    wanted = q.VerdictFilter(tenants=visit.tenants(asked.tenant), detector=found.id)
    hits, examples = await asyncio.gather(
        _hits(visit, asked.tenant, asked.days), newest_verdicts(visit, wanted, MAX_EXAMPLES)
    )
    descriptions = {signal.name: signal.description for signal in all_signals()}
    return DetectorDetails(
        summary=_summary(found, hits),
        description=found.description,
        techniques=list(found.techniques),
        when=rule.when.source if rule else "",
        unless=rule.unless.source if rule and rule.unless else "",
        signals={name: descriptions.get(name, "") for name in found.signals_listed},
        tests=[
            DetectorTest(t.name, _signals(t.signals), t.fires) for t in (rule.tests if rule else ())
        ],
        examples=examples,
    )


def _signals(values: Any) -> dict[str, float | None]:
    return {name: value if value == value else None for name, value in values.items()}  # noqa: PLR0124 - NaN is missing
