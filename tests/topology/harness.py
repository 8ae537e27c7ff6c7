"""Runs the stages of message detection one after the other, without Faust."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path

from detection_stream.demo import OWN_DOMAINS, TENANT, DemoMessage, generate
from detection_stream.model.envelope import Envelope
from detection_stream.model.signature import KEY_BYTES, OperatorKeys
from detection_stream.runtime.outgoing import MAX_FRAME_INPUTS
from detection_stream.runtime.policies import Policies
from detection_stream.runtime.records import Batch, Record
from detection_stream.runtime.runner import Runner
from detection_stream.state.database import Database, new_batch
from topologies import message_detection

RAW, OBSERVATIONS, SIGNALS = "messages.raw", "observations", "signals"
VERDICTS, ATTRIBUTIONS, DEAD_LETTERS = "verdicts", "attributions", "dead-letters"
KEYS = OperatorKeys((b"k" * KEY_BYTES,))
"""What profiles and people are signed with in tests."""
WHOLE = (1 << 30,)
"""Batch sizes that take a topic in one batch."""

TableRows = dict[str, dict[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left: values of the output topics in order, and every row of every table."""

    verdicts: list[bytes]
    attributions: list[bytes]
    dead_letters: list[bytes]
    tables: TableRows


class Pipeline:
    """The three stages on one database; topics are lists, so this is also the runners' sender."""

    def __init__(
        self,
        database: Database,
        *,
        frame_inputs: int = MAX_FRAME_INPUTS,
        policies: Policies | None = None,
    ) -> None:
        self.database = database
        topology = message_detection.build()
        topology.trust(KEYS)
        self.topics: dict[str, list[Record]] = {topic.name: [] for topic in topology.topics}
        self.runners: dict[str, Runner] = {
            node.reads.name: Runner.open(
                node, database, 0, self, policies=policies, frame_inputs=frame_inputs
            )
            for node in topology.stages
        }

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Append a record to a topic."""
        assert partition == 0
        self._append(topic, key, value, timestamp, {})

    def feed(self, messages: Iterable[DemoMessage]) -> None:
        """Append raw messages to the first topic."""
        for message in messages:
            self.feed_raw(message.raw, message.received_at)

    def feed_raw(self, raw: bytes, at: int, source: str = "demo") -> None:
        """Append one raw message to the first topic."""
        self.feed_with(Envelope(TENANT, frozenset(OWN_DOMAINS), at, "rfc5322", source), raw)

    def feed_with(self, envelope: Envelope, raw: bytes) -> None:
        """Append one raw message with its envelope to the first topic."""
        self._append(RAW, b"", raw, envelope.received_at, envelope.headers())

    def repeat(self, topic: str, values: Iterable[bytes]) -> None:
        """Append values to a topic as they are."""
        for value in values:
            self.send(topic, 0, None, value, 0)

    def drain(self, topic: str, sizes: Sequence[int] = WHOLE) -> None:
        """Apply all that a topic holds, in batches of these sizes over and over."""
        runner = self.runners[topic]
        for size in cycle(sizes):
            start = runner.state.progress.applied + 1
            records = self.topics[topic][start : start + size]
            if not records:
                return
            runner.apply(Batch(topic, 0, records))

    def run(self, sizes: Mapping[str, Sequence[int]] | None = None) -> None:
        """Drain the stages in the order of the flow."""
        for topic in self.runners:
            self.drain(topic, (sizes or {}).get(topic, WHOLE))

    def values(self, topic: str) -> list[bytes]:
        """Values of a topic in order."""
        return [record.value for record in self.topics[topic]]

    def counts(self, topic: str) -> dict[str, int]:
        """Totals of the stage that reads a topic."""
        return self.runners[topic].state.progress.counts

    def tables(self) -> TableRows:
        """Write the state to the database and read every row back."""
        batch = new_batch()
        for runner in self.runners.values():
            runner.state.freeze()
            runner.state.write(batch)
        self.database.write(batch)
        for runner in self.runners.values():
            runner.state.settle()
        return {
            f"{runner.stage.name}.{name}": dict(table.items())
            for runner in self.runners.values()
            for name, table in runner.state.tables.items()
        }

    def outcome(self) -> Outcome:
        """What the run left."""
        return Outcome(
            self.values(VERDICTS),
            self.values(ATTRIBUTIONS),
            self.values(DEAD_LETTERS),
            self.tables(),
        )

    def _append(
        self, topic: str, key: bytes | None, value: bytes, at: int, headers: dict[str, bytes]
    ) -> None:
        records = self.topics[topic]
        records.append(Record(len(records), at, key, value, headers))


@contextmanager
def pipeline(
    directory: Path, *, frame_inputs: int = MAX_FRAME_INPUTS, policies: Policies | None = None
) -> Iterator[Pipeline]:
    """A pipeline on a database in a directory."""
    database = Database(directory)
    try:
        yield Pipeline(database, frame_inputs=frame_inputs, policies=policies)
    finally:
        database.close()


def run(
    directory: Path,
    messages: Iterable[DemoMessage],
    sizes: Mapping[str, Sequence[int]] | None = None,
    *,
    frame_inputs: int = MAX_FRAME_INPUTS,
) -> Outcome:
    """Run messages through the stages with these batch sizes for each topic."""
    with pipeline(directory, frame_inputs=frame_inputs) as flow:
        flow.feed(messages)
        flow.run(sizes)
        return flow.outcome()


@cache
def demo(count: int, seed: int = 11) -> tuple[DemoMessage, ...]:
    """Messages of the demo, made once."""
    return tuple(generate(count, seed))
