"""Runs the stages of any topology on sample records, one after the other or one of them alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.model.envelope import Envelope
from detection_stream.runtime.frames import decode_frame
from detection_stream.runtime.readers import Readers
from detection_stream.runtime.records import Batch, Record
from detection_stream.runtime.runner import Runner
from detection_stream.runtime.topology import StageNode, Topology
from detection_stream.state.database import Database
from tests.topology.harness import demo
from topologies import blueprint

MESSAGES = 60
FRAME_INPUTS = 8
WHOLE = 1 << 30


def _mail() -> list[Record]:
    """Demo mail, with two messages twice and one that is none."""
    raws = [(one.raw, one.received_at) for one in demo(MESSAGES)]
    raws[20:20] = [raws[3], (b"\x00 no header line here\n", raws[20][1])]
    raws.append(raws[-5])
    envelopes = (Envelope(TENANT, frozenset(OWN_DOMAINS), at, source="demo") for _, at in raws)
    return [
        Record(offset, at, b"", raw, envelope.headers())
        for offset, ((raw, at), envelope) in enumerate(zip(raws, envelopes, strict=True))
    ]


SAMPLES: dict[str, Callable[[], list[Record]]] = {"mail": _mail}
"""Records for each source by name; a new source needs some of its own here."""


class Topics(defaultdict[str, list[Record]]):
    """Topics as lists of records; also what runners send to."""

    def __init__(self) -> None:
        super().__init__(list)

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Append a record."""
        self[topic].append(Record(len(self[topic]), timestamp, key, value, {}))


@dataclass
class Running:
    """One stage at work on a state of its own."""

    node: StageNode
    database: Database
    sent: Topics = field(default_factory=Topics)
    frame_inputs: int = FRAME_INPUTS

    def __post_init__(self) -> None:
        self.runner = self.opened()

    def opened(self) -> Runner:
        """A runner on what is saved."""
        return Runner.open(self.node, self.database, 0, self.sent, frame_inputs=self.frame_inputs)

    def apply(self, records: Sequence[Record], size: int = WHOLE, *, prepare: bool = False) -> None:
        """Apply records in batches of a size."""
        prepared = self.node.stage.preparation() if prepare else None
        readers = Readers(prepared, 2) if prepared else None
        for start in range(0, len(records), size):
            part = list(records[start : start + size])
            batch = Batch(self.node.reads.name, 0, part)
            rows = self.runner.completed(batch) if readers else None
            ready = readers.read_now(rows) if readers and rows else None
            self.runner.apply(batch, ready)
        if readers:
            readers.close()

    def save(self) -> None:
        """Bring the state to disk."""
        self.runner.state.save(self.database)

    def crash(self) -> None:
        """Go on from what was saved."""
        self.runner = self.opened()

    def result(self) -> Result:
        """What was sent, and the tables."""
        self.save()
        tables = {name: dict(table.items()) for name, table in self.runner.state.tables.items()}
        return Result(sent_of(self.sent), tables, self.runner.state.progress.counts)


@dataclass(frozen=True)
class Result:
    """Sent rows and events by topic and level, every row of every table, and the counts."""

    sent: dict[tuple[str, str], Any]
    tables: dict[str, dict[bytes, bytes]]
    counts: dict[str, int]

    def rows(self) -> dict[tuple[str, str], int]:
        """How many there are of each."""
        return {
            key: len(next(iter(found.values()))) if isinstance(found, dict) else len(found)
            for key, found in self.sent.items()
        }


def sent_of(topics: Topics) -> dict[tuple[str, str], Any]:
    """The rows of each level of each topic as columns, and the events of each topic in order.

    How rows were cut into frames does not show.
    """
    found: dict[tuple[str, str], Any] = {}
    for topic, records in topics.items():
        for record in records:
            if orjson.loads(record.value).get("type") != "rows":
                found.setdefault((topic, ""), []).append((record.key, record.value))
                continue
            for level, columns in decode_frame(record.value).blocks:
                rows = found.setdefault((topic, level), {name: [] for name in columns})
                for name, values in columns.items():
                    rows[name] += values
    return found


@cache
def recorded(name: str) -> Topics:
    """All topics after an undisturbed run of a topology on its samples."""
    topology, topics = blueprint(name).topology(), Topics()
    feed(topology, topics)
    with TemporaryDirectory() as directory, closing(Database(Path(directory))) as database:
        run_through(topics, [Running(n, database, topics) for n in topology.stages])
    return topics


def feed(topology: Topology, topics: Topics) -> None:
    """Put the samples into the sources."""
    for source in topology.sources:
        key = next(key for key in SAMPLES if topology.source(key) == source)
        topics[source.name] += SAMPLES[key]()


def run_through(topics: Topics, stages: Sequence[Running], size: int = WHOLE) -> None:
    """Let every stage read all that there is, until nothing comes any more."""
    done = False
    while not done:
        done = True
        for running in stages:
            left = topics[running.node.reads.name][running.runner.state.progress.applied + 1 :]
            if left:
                done = False
                running.apply(left, size)
