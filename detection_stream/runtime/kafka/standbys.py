"""Up-to-date copies of other workers' partitions, for a fast takeover."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiokafka import TopicPartition

from detection_stream.runtime.kafka.catch_up import follow
from detection_stream.runtime.kafka.changelog import ChangelogReader
from detection_stream.runtime.kafka.replica import Replica

log = logging.getLogger(__name__)

FETCH_MS = 200
"""Milliseconds that one fetch waits; also the maximum delay of an assignment change."""

Open = Callable[[TopicPartition], Replica]


class Standbys:
    """Follows changelogs; reads only committed records, so it is never ahead."""

    def __init__(self, reader: ChangelogReader, open_replica: Open) -> None:
        self._reader = reader
        self._open = open_replica
        self._busy = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.replicas: dict[TopicPartition, Replica] = {}
        self.failure: BaseException | None = None

    async def start(self) -> None:
        """Connect and start following."""
        await self._reader.start()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Release everything."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for replica in self.replicas.values():
            replica.close()
        self.replicas = {}
        await self._reader.stop()

    async def keep(self, wanted: set[TopicPartition]) -> None:
        """Follow exactly these changelog partitions."""
        async with self._busy:
            for name in self.replicas.keys() - wanted:
                self.replicas.pop(name).close()
            for name in wanted - self.replicas.keys():
                self.replicas[name] = self._open(name)
            await follow(self._reader, self.replicas)

    async def release(self, name: TopicPartition) -> Replica | None:
        """Hand over the copy to the new owner of the partition; None if there is none."""
        async with self._busy:
            replica = self.replicas.pop(name, None)
            if replica is not None:
                await follow(self._reader, self.replicas)
            return replica

    async def _run(self) -> None:
        while True:
            if not self.replicas:
                await asyncio.sleep(FETCH_MS / 1_000)
                continue
            try:
                async with self._busy:
                    for name, records in (await self._reader.fetch(FETCH_MS)).items():
                        if name in self.replicas:
                            self.replicas[name].apply(records)
            except Exception as error:
                # A failed standby only slows a takeover down.
                self.failure = error
                log.warning("standbys stopped: %r", error)
                return
            await asyncio.sleep(0)
