"""The pages of docs/reference, made from the registries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from detection_stream.detectors.detector import ATTACK_TYPES, Detector
from detection_stream.detectors.registry import load_detectors
from detection_stream.profiles.kind import Kind
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.observation import COMMON, FIELDS, ObservedField
from detection_stream.runtime.kafka.topics import INTERNAL_SECONDS
from detection_stream.runtime.topic import DAY, HOUR, Topic, TopicRole
from detection_stream.runtime.topology import Topology
from detection_stream.signals.registry import Signal, all_signals
from tests.docs.markdown import code, page, section, table
from topologies import blueprints

TYPES: dict[type, str] = {int: "integer", float: "number", str: "text"}
FLOWS = [one.topology() for one in blueprints()]
OUTSIDE = {
    TopicRole.SOURCE: "producers",
    TopicRole.INTERNAL: "nobody",
    TopicRole.OUTPUT: "consumers",
    TopicRole.DEAD_LETTERS: "consumers",
    TopicRole.CONTROL: "workers and commands",
}
"""Who writes or reads a topic where no stage does."""


def signals() -> str:
    """Every signal by level."""
    ordered = sorted(all_signals(), key=lambda signal: (signal.level != "message", signal.level))
    levels = groupby(ordered, key=lambda signal: signal.level)
    return page(
        "Signals",
        "What is known about a message when it is decided, by level. A flag is 0 or 1; a signal "
        "that cannot be told is missing. Where a message has several rows of a level (one a "
        "recipient, say), the largest value counts, or the smallest where the table says so.",
        *(section(level, _signals_of(list(found))) for level, found in levels),
    )


def _signals_of(found: list[Signal]) -> str:
    return table(
        ("signal", "type", "of several rows", "meaning"),
        [
            (
                f"`{signal.name}`",
                signal.type,
                "" if signal.level == "message" else signal.combine,
                signal.description,
            )
            for signal in found
        ],
    )


def profiles() -> str:
    """Every kind of profile with its blocks and observations."""
    return page(
        "Profiles",
        "What is remembered of each kind of entity. A row is made of blocks; it learns from "
        "observations, each of which is one thing seen about one entity in one message.",
        *(section(kind.name, *_kind(kind)) for kind in KINDS),
        section(
            "Columns of an observation",
            "Every observation has these:",
            _fields(COMMON),
            "and those of these that its kind names; the others are 0, or missing for numbers:",
            _fields(FIELDS),
        ),
    )


def _kind(kind: Kind) -> Iterator[str]:
    yield (
        f"Of {kind.entity}: {kind.text}. Version {kind.row.version} of the row, "
        f"{kind.row.dtype.itemsize} bytes; forgotten after {kind.keep_days} days of silence."
    )
    yield table(
        ("block", "type", "unit", "what it holds"),
        [
            (f"`{block.name}`", type(block).__name__, block.unit, block.words)
            for block in kind.row.blocks
        ],
    )
    yield table(
        ("observation", "of", "fields", "signals"),
        [
            (
                f"`{observed.role}`",
                observed.words,
                code(observed.fields),
                f"level `{observed.role}`" if observed.signals else "none, it only teaches",
            )
            for observed in kind.observations
        ],
    )


def _fields(fields: dict[str, ObservedField]) -> str:
    rows = [(f"`{name}`", TYPES[field.type], field.words) for name, field in fields.items()]
    return table(("column", "type", "what it holds"), rows)


def topics() -> str:
    """Every topic of every topology, and who reads and writes it."""
    return page(
        "Topics",
        "Kept is how long a record stays after its append, and in one process the most bytes of a "
        "topic; what a stage reads stays until it was read. A source is where records come in, an "
        "internal topic carries frames between stages, an output has one event a record, and a "
        "control is read by no stage. On a broker each stage also has a changelog, which holds its "
        "state.",
        *(section(flow.name, _topics(flow)) for flow in FLOWS),
    )


def _topics(flow: Topology) -> str:
    return table(
        ("topic", "role", "kept", "written by", "read by", "what it holds"),
        [
            (
                f"[`{topic.key}`](../../detection_stream/model/schemas/{_schema(topic)}.json)",
                f"source, id {topic.id}" if topic.id else topic.role.value,
                _kept(topic),
                code(node.name for node in flow.stages if topic in node.writes)
                or OUTSIDE[topic.role],
                code(node.name for node in flow.stages if topic == node.reads)
                or OUTSIDE[topic.role],
                topic.description,
            )
            for topic in flow.topics
        ],
    )


def _schema(topic: Topic) -> str:
    """The name of a topic's schema: dead letters of all topologies have the same."""
    return "dead-letters" if topic.role is TopicRole.DEAD_LETTERS else topic.key


def _kept(topic: Topic) -> str:
    if topic.compacted:
        return "the last record of a key"
    seconds = topic.retention.seconds
    if topic.role is TopicRole.INTERNAL and seconds == 0:
        return f"until consumed; {_time(INTERNAL_SECONDS)} on a broker"
    return f"{_time(seconds)}; {topic.retention.size >> 30} GiB"


def _time(seconds: int) -> str:
    count, unit = (seconds // DAY, "day") if seconds >= DAY else (seconds // HOUR, "hour")
    return f"{count} {unit}{'s' if count > 1 else ''}"


def tables() -> str:
    """Every state table of every topology."""
    return page(
        "Tables",
        "State in RocksDB: each stage has its own tables, each partition its own rows. "
        "`tables list` and `tables show` print them, the web view shows them.",
        *(section(flow.name, _tables(flow)) for flow in FLOWS),
    )


def _tables(flow: Topology) -> str:
    return table(
        ("stage", "table", "a row is of", "what it tells", "kept"),
        [
            (f"`{node.name}`", f"`{name}`", described.row, described.text, described.kept)
            for node in flow.stages
            for name, described in node.stage.tables.items()
        ],
    )


def detectors() -> str:
    """Every detector by attack type."""
    found = load_detectors().detectors
    return page(
        "Detectors",
        "What decides. Each gives a message a score from 0 to 1 or has no opinion; from its "
        "threshold on the message is a hit. One in shadow is scored and decides nothing.",
        *(
            section(kind, _detectors([one for one in found if one.attack_type == kind]))
            for kind in ATTACK_TYPES
        ),
    )


def _detectors(found: list[Detector]) -> str:
    return table(
        ("detector", "form", "state", "severity", "threshold", "techniques", "what it looks for"),
        [
            (
                f"`{one.id}`",
                one.form,
                one.state.value,
                one.severity,
                one.threshold,
                ", ".join(one.techniques),
                one.description,
            )
            for one in found
        ],
    )


PAGES: dict[str, Callable[[], str]] = {
    "signals": signals,
    "profiles": profiles,
    "topics": topics,
    "tables": tables,
    "detectors": detectors,
}
"""The pages by the names of their files."""
