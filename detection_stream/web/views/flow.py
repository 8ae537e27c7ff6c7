"""The flow: topics, stages and tables, with live figures."""

from __future__ import annotations

from msgspec import Struct

from detection_stream.runtime.topology import StageNode
from detection_stream.web.members import queries as q
from detection_stream.web.view import Result, Visit, view
from detection_stream.web.views.tables import NoParameters


class TopicBox(Struct):
    """A topic; ``records`` is None if unknown, ``column`` its position in the flow."""

    name: str
    text: str
    column: int
    records: int | None


class StageBox(Struct):
    """A stage over all its partitions; None where not measured.

    ``rate`` is records per second, times are milliseconds, ``failures`` counts dead letters and
    skipped records.
    """

    name: str
    reads: str
    writes: list[str]
    tables: list[str]
    column: int
    partitions: int
    rate: float | None
    lag: int
    waiting: int
    failures: int
    repeats: int
    apply_ms: float | None
    latency_ms: float | None
    latency_high_ms: float | None


class WorkerSummary(Struct):
    """A process; ``checkpoint_age`` is in seconds, ``rates`` recent messages per second."""

    name: str
    release: str
    ready: bool
    restoring: int
    standbys: int
    checkpoint_age: float | None
    partitions: list[str]
    rates: list[float]


class Flow(Result):
    """The running topology."""

    topology: str
    state_version: int
    topics: list[TopicBox]
    stages: list[StageBox]
    workers: list[WorkerSummary]


@view("/flow", "flow.html", NoParameters, Flow)
async def flow(visit: Visit, asked: NoParameters) -> Flow:
    """The running topology: topics, stages and tables, rates, lag, latency, errors."""
    answers = await visit.ask(q.Status(), q.StatusAnswer)
    columns = _columns(visit)
    used = {topic.name for topic in visit.topology.topics if topic.name in columns}
    return Flow(
        topology=visit.topology.name,
        state_version=visit.topology.version,
        topics=[
            TopicBox(
                topic.name, topic.description, columns[topic.name], _records(answers, topic.name)
            )
            for topic in visit.topology.topics
            if topic.name in used
        ],
        stages=[_stage(node, columns, answers) for node in visit.topology.stages],
        workers=[_worker(answer) for answer in answers],
    )


def _columns(visit: Visit) -> dict[str, int]:
    """Distance of each topic and stage from the start of the flow."""
    columns: dict[str, int] = {}
    for node in visit.topology.stages:
        columns[node.name] = columns.setdefault(node.reads.name, 0) + 1
        for written in node.writes:
            columns[written.name] = max(columns.get(written.name, 0), columns[node.name] + 1)
    last = max(columns.values())
    inside = {node.name for node in visit.topology.stages}
    inside |= {node.reads.name for node in visit.topology.stages}
    return {name: column if name in inside else last for name, column in columns.items()}


def _records(answers: list[q.StatusAnswer], topic: str) -> int | None:
    found = [answer.topics[topic] for answer in answers if topic in answer.topics]
    return sum(found) if found else None


def _stage(node: StageNode, columns: dict[str, int], answers: list[q.StatusAnswer]) -> StageBox:
    name = node.name
    parts = [part for answer in answers for part in answer.stages if part.stage == name]
    rates = [part.rate for part in parts if part.rate is not None]
    timings = [answer.timings[name] for answer in answers if name in answer.timings]
    return StageBox(
        name,
        node.reads.name,
        [topic.name for topic in node.writes],
        list(node.stage.tables),
        columns[name],
        len({part.partition for part in parts}),
        sum(rates) if rates else None,
        sum(part.lag for part in parts),
        sum(part.pending for part in parts),
        sum(n for part in parts for key, n in part.counts.items() if key.endswith("_failures")),
        sum(part.counts.get("repeats", 0) for part in parts),
        _highest(timing.apply for timing in timings),
        _highest(timing.median for timing in timings),
        _highest(timing.high for timing in timings),
    )


def _highest(values: object) -> float | None:
    """Timings of the slowest worker."""
    return max((value for value in values if value is not None), default=None)  # type: ignore[attr-defined]


def _worker(answer: q.StatusAnswer) -> WorkerSummary:
    by_stage: dict[str, list[int]] = {}
    for part in answer.stages:
        by_stage.setdefault(part.stage, []).append(part.partition)
    return WorkerSummary(
        answer.name,
        answer.release,
        answer.ready,
        answer.restoring,
        answer.standbys,
        answer.checkpoint_age,
        [f"{stage} {', '.join(map(str, sorted(n)))}" for stage, n in by_stage.items()],
        answer.rates,
    )
