"""Merges the results of a replay's processes."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import orjson

from detection_stream.export.pairs import TOPICS
from detection_stream.private_files import open_private
from detection_stream.runtime.embedded.recorded import RecordedDirectory
from detection_stream.runtime.records import Record
from detection_stream.runtime.topology import Topology


def join_results(out: Path, parts: Sequence[Path], topology: Topology) -> None:
    """Merge the files of ``parts`` into ``out``: verdicts in time order.

    Attributions stand in the order of their verdicts, other outputs one part after the other.
    """
    keys = {topic.key for topic in topology.outputs}
    if keys.issuperset(TOPICS):
        _join_verdicts(out, parts)
        keys -= set(TOPICS)
    for key in keys:
        with open_private(out / f"{key}.jsonl", "wb") as joined:
            for part in parts:
                joined.write((part / f"{key}.jsonl").read_bytes())


def _join_verdicts(out: Path, parts: Sequence[Path]) -> None:
    with ExitStack() as stack:
        verdicts, attributions = (
            stack.enter_context(open_private(out / f"{topic}.jsonl", "wb")) for topic in TOPICS
        )
        for _, verdict, attribution in heapq.merge(*(_pairs(part) for part in parts)):
            verdicts.write(verdict)
            attributions.write(attribution)


def _pairs(part: Path) -> Iterator[tuple[str, bytes, bytes]]:
    """Time, verdict and attribution, which are written together."""
    verdicts, attributions = ((part / f"{topic}.jsonl").open("rb") for topic in TOPICS)
    with verdicts, attributions:
        for verdict, attribution in zip(verdicts, attributions, strict=True):
            yield orjson.loads(verdict)["received_at"], verdict, attribution


class RecordedShards:
    """The directories of a replay's processes as one source, each a partition of every topic."""

    def __init__(self, directory: Path) -> None:
        self.name = str(directory)
        found = sorted(directory.glob("shard-*")) or [directory]
        self._shards = [RecordedDirectory(place) for place in found]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *given: Any) -> None:
        for shard in self._shards:
            shard.__exit__(*given)

    def extents(self, topic: str) -> dict[int, range]:
        """The offsets that each directory holds."""
        return {n: shard.extents(topic)[0] for n, shard in enumerate(self._shards)}

    def read(self, topic: str, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records of these offsets, one directory after the other."""
        for number, extent in extents.items():
            for _, records in self._shards[number].read(topic, {0: extent}):
                yield number, records
