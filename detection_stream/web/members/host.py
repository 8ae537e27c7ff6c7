"""What a member needs: the partitions its process holds, and their topics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from detection_stream.runtime.records import Record
from detection_stream.runtime.stage import Stage
from detection_stream.runtime.topology import StageNode, Topology
from detection_stream.state.partition import PartitionState
from detection_stream.web.members.queries import Timing

TopicPartition = tuple[str, int]
"""Topic and partition number."""


class Held(NamedTuple):
    """A stage's partition in this process; ``lag`` counts unapplied records."""

    node: StageNode
    partition: int
    state: PartitionState
    lag: int

    @property
    def stage(self) -> Stage:
        """The stage."""
        return self.node.stage

    @property
    def topic(self) -> str:
        """The topic that it reads."""
        return self.node.reads.name


class Condition(NamedTuple):
    """Health of a process; ``checkpoint_age`` is in seconds, None before the first checkpoint."""

    ready: bool
    restoring: int
    standbys: int
    checkpoint_age: float | None
    timings: dict[str, Timing]


class Host(Protocol):
    """A process with state."""

    name: str
    topology: Topology
    partition_count: int

    def held(self) -> Iterator[Held]:
        """The partitions held now."""

    def condition(self) -> Condition:
        """The current health of the process."""

    async def extents(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, range]:
        """The offset ranges of partitions, in one request."""

    async def read(self, topic: str, partition: int, extent: range) -> list[Record]:
        """Records in this offset range: a prefix of it, not always all."""

    async def attribution(self, partition: int, verdict: Record) -> Record | None:
        """The attribution written with a verdict."""

    async def append(self, topic: str, partition: int, record: Record) -> None:
        """Append a record to a partition; it is durable on return."""


def held_of(host: Host, node: StageNode) -> list[int]:
    """A host's partitions of a stage."""
    return sorted(held.partition for held in host.held() if held.node.name == node.name)


async def extent_of(host: Host, topic: str, partition: int) -> range:
    """The offset range of a topic partition."""
    return (await host.extents([(topic, partition)]))[topic, partition]


async def read_one(host: Host, topic: str, partition: int, offset: int) -> Record | None:
    """The record at an offset, None if there is none."""
    found = await host.read(topic, partition, range(offset, offset + 1))
    return found[0] if found and found[0].offset == offset else None
