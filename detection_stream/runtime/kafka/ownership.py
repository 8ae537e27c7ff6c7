"""Which partitions a worker owns: takes them over, restores them, gives them up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from aiokafka import TopicPartition
from faust.types import TP

from detection_stream.runtime.kafka.changelog import Changelog, ChangelogReader
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.owned import Identity, OwnedPartition
from detection_stream.runtime.kafka.replica import Replica
from detection_stream.runtime.kafka.restore import restore
from detection_stream.runtime.kafka.standbys import Standbys
from detection_stream.runtime.policies import Policies
from detection_stream.runtime.runner import Sender
from detection_stream.runtime.topology import Topology
from detection_stream.state.database import Memory

log = logging.getLogger(__name__)


class Ownership:
    """The partitions of one worker, each with its runner, by topic and number."""

    def __init__(
        self,
        connection: Connection,
        topology: Topology,
        sender: Sender,
        data: Path,
        policies: Policies,
        standbys: int,
    ) -> None:
        self._connection = connection
        self._sender = sender
        self._data = data
        self._policies = policies
        self._memory = Memory()
        self._nodes = {node.reads.name: node for node in topology.stages}
        self._by_changelog = {node.changelog: node for node in topology.stages}
        self._reader = ChangelogReader(connection)
        self.standbys = Standbys(ChangelogReader(connection), self._open) if standbys else None
        self.identities: dict[str, Identity] = {}
        self.partitions: dict[TP, OwnedPartition] = {}
        self.restoring = 0
        """Changelog records left to restore."""
        self.ready = False
        """Whether all assigned partitions are restored."""

    async def start(self) -> None:
        """Connect."""
        await self._reader.start()
        if self.standbys:
            await self.standbys.start()

    async def stop(self) -> None:
        """Release everything."""
        await self._close(list(self.partitions))
        if self.standbys:
            await self.standbys.stop()
        await self._reader.stop()

    async def take(self, assigned: set[TP], standby: set[TP]) -> None:
        """Own exactly these partitions, each restored before it is read.

        Keeps copies of the ``standby`` partitions up to date.
        """
        self.ready = False
        await self._close([tp for tp in self.partitions if tp not in assigned])
        await self._close(await self._written_by_others())
        new = sorted(assigned - self.partitions.keys())
        if new:
            await self._restore(new)
        self.ready = True
        if self.standbys:
            await self.standbys.keep({self._name(tp) for tp in standby - assigned})

    async def _restore(self, new: list[TP]) -> None:
        log.info("taking over %d partitions", len(new))
        changelogs = {tp: self._changelog(tp) for tp in new}
        # Fence earlier writers before reading: this ends their open transactions.
        await asyncio.gather(*(changelog.start() for changelog in changelogs.values()))
        replicas = {self._name(tp): await self._replica(tp) for tp in new}
        await restore(self._reader, replicas, self._restored)
        self.restoring = 0
        for tp in new:
            self.partitions[tp] = OwnedPartition(
                self._nodes[tp.topic],
                self.identities[tp.topic],
                replicas[self._name(tp)],
                changelogs[tp],
                self._sender,
                self._policies,
            )

    async def _written_by_others(self) -> list[TP]:
        """Partitions owned by another worker in between; the local state of them is void."""
        if not self.partitions:
            return []
        names = {tp: self._name(tp) for tp in self.partitions}
        ends = await self._reader.ends(list(names.values()))
        # A transaction marker follows its last record.
        return [
            tp
            for tp, name in names.items()
            if ends[name] > self.partitions[tp].replica.position + 1
        ]

    async def _close(self, partitions: Iterable[TP]) -> None:
        closing = [self.partitions.pop(tp) for tp in partitions]
        await asyncio.gather(*(owned.close() for owned in closing))

    def _restored(self, done: int, total: int) -> None:
        self.restoring = total - done
        log.info("restored %d changelog records, %d left", done, self.restoring)

    def _name(self, tp: TP) -> TopicPartition:
        return TopicPartition(self._nodes[tp.topic].changelog, tp.partition)

    def _changelog(self, tp: TP) -> Changelog:
        topic = self._name(tp).topic
        return Changelog(self._connection, topic, tp.partition, topic)

    async def _replica(self, tp: TP) -> Replica:
        name = self._name(tp)
        kept = await self.standbys.release(name) if self.standbys else None
        return kept or self._open(name)

    def _open(self, name: TopicPartition) -> Replica:
        stage = self._by_changelog[name.topic].stage
        directory = self._data / f"{stage.name}-{name.partition}"
        return Replica(directory, stage.name, name.partition, stage.tables, self._memory)
