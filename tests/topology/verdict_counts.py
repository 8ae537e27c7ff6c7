"""A topology for tests whose source is an output of message detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import orjson

from detection_stream.runtime.stage import PartitionInput, RecordOut, Stage
from detection_stream.runtime.topic import DAY, Retention
from detection_stream.runtime.topology import Topology
from detection_stream.state.description import TableDescription


class CountStage(Stage):
    """Says after each verdict how many of each kind there were."""

    name: ClassVar[str] = "verdict_counts"
    framed: ClassVar[bool] = False
    tables: Mapping[str, TableDescription] = {
        "counted": TableDescription("a verdict", "how often it was given", "for good")
    }

    def __init__(self, output: str) -> None:
        self._output = output

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Count the verdicts of each partition."""
        for segments, transaction in inputs:
            (stored,) = transaction.get("counted", [b"all"])
            counts: dict[str, int] = orjson.loads(stored or b"{}")
            for value in segments[0].blocks["record"]["value"]:
                verdict = orjson.loads(value)["verdict"]
                counts[verdict] = counts.get(verdict, 0) + 1
                said = orjson.dumps(counts, option=orjson.OPT_SORT_KEYS)
                transaction.outputs.append(RecordOut(self._output, b"", said, 0))
            transaction.put("counted", {b"all": orjson.dumps(counts)})


def build(partitions: int = 1, prefix: str = "", version: int = 1) -> Topology:
    """Verdicts in, counts out."""
    flow, kept = Topology("verdict-counts", prefix, version), Retention(DAY, 1 << 30)
    verdicts = flow.add_source("verdicts", "verdicts", id=9, retention=kept, description="verdicts")
    output = flow.add_output("verdict-counts", kept, "verdicts so far", named_by=())
    flow.add_dead_letters(kept, "what could not be read", key="counts-dead-letters")
    flow.add_stage(CountStage(output.name), reads=verdicts, writes=[output])
    return flow
