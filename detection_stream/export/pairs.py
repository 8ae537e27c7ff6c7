"""Pairs each verdict with its attribution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from detection_stream.runtime.recorded import Recorded

TOPICS = ("verdicts", "attributions")
"""The two topics, as named in a data directory."""
CHUNK_RECORDS = 20_000
"""Records read at once."""

Name = tuple[str, int, int]
"""Uid, revision and state version: a takeover can leave two verdicts on a message."""
Pair = tuple[dict[str, Any], dict[str, Any]]
"""A verdict and its attribution."""


class Pairs:
    """Takes records of both topics, returns pairs; repeated pairs are recognised and skipped.

    The two are written together, so few wait for their counterpart.
    """

    def __init__(self, topics: tuple[str, str], waiting: dict[str, list[Any]]) -> None:
        self._topics = topics
        self._waiting: dict[str, dict[Name, Any]] = {name: {} for name in topics}
        self._done: set[Name] = set()
        self.repeated = 0
        """Records skipped because their pair was already complete."""
        for topic in topics:
            self._add(topic, waiting.get(topic, []))

    def waiting(self) -> dict[str, list[Any]]:
        """Records still without a counterpart, by topic."""
        return {topic: list(found.values()) for topic, found in self._waiting.items()}

    def take(self, verdicts: Iterable[bytes], attributions: Iterable[bytes]) -> list[Pair]:
        """Add records; returns the completed pairs, in verdict order."""
        for topic, values in zip(self._topics, (verdicts, attributions), strict=True):
            self._add(topic, map(orjson.loads, values))
        first, second = (self._waiting[topic] for topic in self._topics)
        names = [name for name in first if name in second]
        self._done.update(names)
        return [(first.pop(name), second.pop(name)) for name in names]

    def _add(self, topic: str, records: Iterable[dict[str, Any]]) -> None:
        for record in records:
            name = (record["uid"], record["revision"], record.get("state_version", 1))
            if name in self._done:
                self.repeated += 1
            else:
                self._waiting[topic][name] = record


def stored_pairs(recorded: Recorded) -> Iterator[Pair]:
    """Every verdict of recorded topics (without a prefix) with its attribution."""
    extents = {topic: recorded.extents(topic) for topic in TOPICS}
    for number in extents[TOPICS[0]]:
        pairs = Pairs(TOPICS, {})
        left = {topic: extents[topic][number] for topic in TOPICS}
        while any(left.values()):
            part = {topic: {number: extent[:CHUNK_RECORDS]} for topic, extent in left.items()}
            left = {topic: extent[CHUNK_RECORDS:] for topic, extent in left.items()}
            verdicts, attributions = (
                [r.value for _, records in recorded.read(topic, part[topic]) for r in records]
                for topic in TOPICS
            )
            yield from pairs.take(verdicts, attributions)
