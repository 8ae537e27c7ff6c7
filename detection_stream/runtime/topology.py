"""What a topology file describes: topics and stages; both transports run it."""

from __future__ import annotations

from dataclasses import dataclass, field

from detection_stream.runtime.embedded.log import Retention
from detection_stream.runtime.stage import Stage

HOUR = 3_600
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; ``retention`` counts from when a record was appended (and consumed).

    A ``compacted`` one keeps the last record of each key for good.
    """

    name: str
    retention: Retention
    description: str
    compacted: bool = False


@dataclass
class Topology:
    """Topics by name, and stages each with the one topic that it reads, in order of the flow.

    ``prefix`` stands in front of every topic's name, so that several can share a broker.
    ``writes`` names the topics that each stage writes. ``version`` is that of the state: several
    can be at work beside each other, each with its own state and topics between the stages.
    """

    name: str
    dead_letters: str
    prefix: str = ""
    version: int = 1
    topics: dict[str, Topic] = field(default_factory=dict)
    stages: list[tuple[Stage, str]] = field(default_factory=list)
    writes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def full_name(self, topic: str) -> str:
        """The name of a topic on the broker: the prefix stands in front of it."""
        return f"{self.prefix}{topic}"

    @property
    def group(self) -> str:
        """The consumer group of its workers."""
        return self.full_name(self.name)

    def topic(
        self, name: str, retention: Retention, description: str, *, compacted: bool = False
    ) -> str:
        """Declare a topic; returns its name with the prefix."""
        name = self.full_name(name)
        self.topics[name] = Topic(name, retention, description, compacted)
        return name

    def stage(self, stage: Stage, *, reads: str, writes: tuple[str, ...]) -> None:
        """Declare a stage, its one input, and its outputs beside the dead letters."""
        self.stages.append((stage, reads))
        self.writes[stage.name] = (*writes, self.dead_letters)
