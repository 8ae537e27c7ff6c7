"""Partitions applied together give the same results as alone."""

from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest
from pathlib import Path

import pytest

from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.model.envelope import Envelope
from detection_stream.runtime.frames import encode_tick
from detection_stream.runtime.records import Batch, Record
from detection_stream.runtime.runner import Runner, apply_together
from detection_stream.stages.entity import EntityStage
from detection_stream.state.database import Database
from tests.topology.harness import DEAD_LETTERS, RAW, SIGNALS, VERDICTS, demo
from topologies import message_detection

PARTITIONS = 3
MESSAGES = 150
UNREADABLE = 40
Logs = dict[tuple[str, int], list[Record]]


class Flow:
    """The stages with several partitions each; also what their runners send to."""

    def __init__(self, directory: Path) -> None:
        self.database = Database(directory)
        self.logs: Logs = defaultdict(list)
        self.runners: dict[str, list[Runner]] = {}
        topology = message_detection.build(PARTITIONS)
        for node in topology.stages:
            self.runners[node.reads.name] = [
                Runner.open(node, self.database, number, self) for number in range(PARTITIONS)
            ]

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Append a record."""
        log = self.logs[topic, partition]
        log.append(Record(len(log), timestamp, key, value, {}))

    def feed(self) -> None:
        """Messages over all partitions, one of them unreadable."""
        for number, message in enumerate(demo(MESSAGES)):
            log = self.logs[RAW, number % PARTITIONS]
            envelope = Envelope(TENANT, frozenset(OWN_DOMAINS), message.received_at)
            raw = b"no mail" if number == UNREADABLE else message.raw
            log.append(Record(len(log), message.received_at, b"", raw, envelope.headers()))

    def drain(self, topic: str, size: int, *, together: bool) -> None:
        """Apply rounds of one batch a partition, each round at once or one by one."""
        runners = self.runners[topic]
        cut = [self._batches(topic, number, size) for number in range(PARTITIONS)]
        for batches in zip_longest(*cut):
            work = [pair for pair in zip(runners, batches, strict=True) if pair[1] is not None]
            for part in [work] if together else [[pair] for pair in work]:
                apply_together(part)

    def _batches(self, topic: str, partition: int, size: int) -> list[Batch]:
        log = self.logs[topic, partition]
        return [
            Batch(topic, partition, log[start : start + size]) for start in range(0, len(log), size)
        ]

    def rows(self) -> dict[tuple[str, int, str], dict[bytes, bytes]]:
        """Every row of every partition's tables."""
        found = {}
        for runners in self.runners.values():
            for runner in runners:
                runner.state.freeze()
                for name, table in runner.state.tables.items():
                    key = (runner.stage.name, runner.state.partition, name)
                    found[key] = dict(table.items())
        return found


def _run(directory: Path, size: int, *, together: bool) -> tuple[Logs, object]:
    flow = Flow(directory)
    try:
        flow.feed()
        for topic in flow.runners:
            if topic == SIGNALS:
                for place in (2, 5):
                    # A tick between frames, and one behind all of them, on one partition only.
                    flow.logs[topic, 1].insert(place, Record(0, 0, None, encode_tick(1), {}))
                log = flow.logs[topic, 1]
                log[:] = [record._replace(offset=at) for at, record in enumerate(log)]
            flow.drain(topic, size, together=together)
        return flow.logs, flow.rows()
    finally:
        flow.database.close()


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_together_is_as_alone(tmp_path: Path, size: int) -> None:
    logs, rows = _run(tmp_path / "alone", size, together=False)
    assert _run(tmp_path / "together", size, together=True) == (logs, rows)
    assert sum(len(logs[VERDICTS, number]) for number in range(PARTITIONS)) == MESSAGES - 1
    assert len(logs[DEAD_LETTERS, UNREADABLE % PARTITIONS]) == 1


def test_a_row_that_fails_in_one_partition_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = EntityStage.apply

    def broken(self: EntityStage, inputs: list[object]) -> None:
        apply(self, inputs)  # type: ignore[arg-type] # the inputs are handed on as they are
        names = [row for given in inputs for row in _values(given)]
        if any(name.startswith("a") for name in names):
            raise ValueError("a broken profile")

    monkeypatch.setattr(EntityStage, "apply", broken)
    alone = _run(tmp_path / "alone", 1_000, together=False)
    assert _run(tmp_path / "together", 1_000, together=True) == alone
    assert any(len(alone[0][DEAD_LETTERS, number]) > 1 for number in range(PARTITIONS))


def _values(given: object) -> list[str]:
    segments = given[0]  # type: ignore[index] # a PartitionInput
    return [value for s in segments for rows in s.blocks.values() for value in rows["value"]]
