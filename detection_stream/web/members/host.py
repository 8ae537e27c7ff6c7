"""What a member stands on: the partitions that a process holds, and the topics behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from detection_stream.runtime.records import Record
from detection_stream.runtime.stage import Stage
from detection_stream.runtime.topology import StageNode, Topology
from detection_stream.state.partition import PartitionState
from detection_stream.web.members.queries import Timing

Place = tuple[str, int]
"""A partition: its topic and number."""


class Held(NamedTuple):
    """A stage's partition in this process; ``lag`` counts records that it has not applied."""

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
    """How a process does; ``checkpoint_age`` is in seconds, None before the first one."""

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
        """The partitions that are held now."""

    def condition(self) -> Condition:
        """How the process does now."""

    async def extents(self, places: Iterable[Place]) -> dict[Place, range]:
        """The offsets that partitions hold, all asked for at once."""

    async def read(self, topic: str, partition: int, extent: range) -> list[Record]:
        """Records of a partition within these offsets: the first ones at least, not always all."""

    async def attribution(self, partition: int, verdict: Record) -> Record | None:
        """The attribution that was written beside a verdict."""

    async def append(self, topic: str, partition: int, record: Record) -> None:
        """Put a record to the end of a partition; it cannot be lost when this returns."""


def held_of(host: Host, node: StageNode) -> list[int]:
    """The partitions of a stage that a host holds."""
    return sorted(held.partition for held in host.held() if held.node.name == node.name)


async def extent_of(host: Host, topic: str, partition: int) -> range:
    """The offsets that a partition of a topic holds."""
    return (await host.extents([(topic, partition)]))[topic, partition]


async def read_one(host: Host, topic: str, partition: int, offset: int) -> Record | None:
    """The record at an offset, None where there is none."""
    found = await host.read(topic, partition, range(offset, offset + 1))
    return found[0] if found and found[0].offset == offset else None
