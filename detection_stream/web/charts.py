"""Geometry for the charts in templates."""

from __future__ import annotations

import math
from typing import NamedTuple

from msgspec import Struct

from detection_stream.profiles.block import FieldValue
from detection_stream.web.index.writing import DAY_MS
from detection_stream.web.members.queries import Usual
from detection_stream.web.views.flow import Flow, StageBox, TopicBox
from detection_stream.web.views.messages import SignalValue

COLUMN, ROW = 204, 112
NODE = (164, 84)
MARGIN = 12


class RangeBar(NamedTuple):
    """A value and its usual range, as positions from 0 to 100."""

    low: float
    median: float
    high: float
    value: float


def usual_bar(value: float, usual: Usual | None) -> RangeBar | None:
    """A value's position in its usual range; None if the range is unknown."""
    if usual is None:
        return None
    bottom, top = min(usual.low, value, 0.0), max(usual.high, value)
    if not math.isfinite(top - bottom):
        return None
    span = (top - bottom) or 1.0
    low, median, high, at = (
        round(2 + 96 * (number - bottom) / span, 1)
        for number in (usual.low, usual.median, usual.high, value)
    )
    return RangeBar(low, median, high, at)


def unusual(value: float, usual: Usual | None) -> bool:
    """Whether a value is outside the range of 80 % of recent messages."""
    return usual is not None and not usual.low <= value <= usual.high


def telling(signals: list[SignalValue]) -> tuple[list[SignalValue], list[SignalValue]]:
    """Notable signals, those read by detectors first; and the rest."""
    ordered = sorted(signals, key=lambda s: (not s.used, not unusual(s.value, s.usual), s.name))
    told = sum(s.used or unusual(s.value, s.usual) for s in ordered)
    return ordered[:told], ordered[told:]


def shades(counts: list[float]) -> list[int]:
    """A shade from 0 (none) to 9 for each number."""
    top = max(counts, default=0) or 1
    return [math.ceil(9 * count / top) for count in counts]


def sparkline(values: list[float], width: int = 160, height: int = 32) -> str:
    """Points of a line through the values, oldest first; empty for fewer than two."""
    if len(values) < 2:
        return ""
    top = max(values) or 1.0
    step = width / (len(values) - 1)
    return " ".join(
        f"{number * step:.1f},{height - 2 - (height - 4) * value / top:.1f}"
        for number, value in enumerate(values)
    )


class Node(Struct):
    """A box in the flow diagram."""

    x: int
    y: int
    node: TopicBox | StageBox
    is_stage: bool


class Edge(Struct):
    """An arrow, as an SVG path."""

    path: str
    source: str
    target: str


class Picture(Struct):
    """Boxes, arrows and overall size."""

    width: int
    height: int
    nodes: list[Node]
    edges: list[Edge]


def flow_picture(flow: Flow) -> Picture:
    """Topics and stages from left to right, in the order of the flow."""
    columns: dict[int, list[TopicBox | StageBox]] = {}
    boxes: list[TopicBox | StageBox] = [*flow.topics, *flow.stages]
    for node in boxes:
        columns.setdefault(node.column, []).append(node)
    most = max(map(len, columns.values()))
    placed: dict[str, Node] = {}
    for column, found in columns.items():
        top = MARGIN + (most - len(found)) * ROW // 2
        for number, node in enumerate(found):
            x, y = MARGIN + column * COLUMN, top + number * ROW
            placed[node.name] = Node(x, y, node, isinstance(node, StageBox))
    edges = []
    for stage in flow.stages:
        edges.append(_edge(placed, stage.reads, stage.name))
        edges += [_edge(placed, stage.name, topic) for topic in stage.writes if topic in placed]
    width = 2 * MARGIN + max(columns) * COLUMN + NODE[0]
    height = 2 * MARGIN + (most - 1) * ROW + NODE[1]
    return Picture(width, height, list(placed.values()), edges)


def _edge(placed: dict[str, Node], source: str, target: str) -> Edge:
    """An arrow; it goes around boxes in its way, below for dead letters."""
    a, b = placed[source], placed[target]
    x1, y1 = a.x + NODE[0], a.y + NODE[1] // 2
    x2, y2 = b.x - 6, b.y + NODE[1] // 2
    bend = max(20, (x2 - x1) // 2)
    if b.node.column - a.node.column == 1:
        return Edge(f"M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}", source, target)
    if y2 > y1:
        low = y1 + NODE[1]
        path = f"M{x1},{y1} C{x1 + 30},{low} {x1 + 40},{low} {x1 + 90},{low} L{x2 - 90},{low} "
        return Edge(f"{path}C{x2 - 40},{low} {x2 - 30},{y2} {x2},{y2}", source, target)
    high = y1 - NODE[1]
    path = f"M{x1},{y1} C{x1 + 25},{high} {x1 + 40},{high} {x1 + 90},{high} L{x2 - 60},{high} "
    return Edge(f"{path}C{x2 - 20},{high} {x2 - 30},{y2} {x2},{y2}", source, target)


def by_day(field: FieldValue) -> bool:
    """Whether a window has a bucket a day, which is worth a chart."""
    first, second = (bucket.at for bucket in field.buckets[:2])
    return bool(second - first == DAY_MS)
