"""Where a tenant goes live: an embedded engine's directory, or workers on Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from detection_stream.ingest.feed import feed
from detection_stream.ingest.inputs import Inputs
from detection_stream.ingest.produce import produce
from detection_stream.ingest.raw_records import person_record, profile_record
from detection_stream.model.person import Person
from detection_stream.model.tenant import TenantProfile
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.kafka import tenants, topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.outputs import Outputs
from topologies import message_detection

Progress = Callable[[int, int, int], None]


class Target(Protocol):
    """Takes a tenant over. ``inputs`` is mail that it does not know yet, None for none."""

    name: str

    def take_over(
        self,
        learning: TenantProfile,
        active: TenantProfile,
        since: int,
        people: list[Person],
        inputs: Inputs | None,
        progress: Progress,
    ) -> None:
        """Send profile, people and mail in this order, then the profile that holds from ``since``.

        Raises:
            StageError: not all of it could be kept; giving the same again is safe.
        """


class EmbeddedTarget:
    """A data directory that no engine is using."""

    def __init__(self, directory: Path) -> None:
        self.name = str(directory)
        self._directory = directory

    def take_over(
        self,
        learning: TenantProfile,
        active: TenantProfile,
        since: int,
        people: list[Person],
        inputs: Inputs | None,
        progress: Progress,
    ) -> None:
        """Feed everything to an engine, and wait until it is decided."""
        asyncio.run(self._take_over(learning, active, since, people, inputs, progress))

    async def _take_over(
        self,
        learning: TenantProfile,
        active: TenantProfile,
        since: int,
        people: list[Person],
        inputs: Inputs | None,
        progress: Progress,
    ) -> None:
        topology = message_detection.build()
        raw = topology.stages[0][1]
        engine = Engine(self._directory, topology)
        log, tenant, owned = engine.log(raw, 0), active.tenant, active.own_domains
        try:
            await engine.start()
            if inputs is not None:
                log.append(*profile_record(learning, 0))
                await feed(engine, inputs, people, tenant, owned, raw, progress)
            else:
                for person in people:
                    log.append(*person_record(person, tenant, owned))
            log.append(*profile_record(active, since))
            engine.arrived.set()
            await engine.wait_idle()
        finally:
            await engine.stop()


class KafkaTarget:
    """The topics of workers; they need not run at the moment.

    Raises:
        InputError: no broker answers, or topics are missing.
    """

    def __init__(self, connection: Connection, prefix: str) -> None:
        self.name = connection.servers
        topology = message_detection.build(1, prefix)
        self._connection = connection
        self._raw = topology.stages[0][1]
        self._kept = f"{prefix}{tenants.TOPIC}"
        self._partitions = topics.check(connection, topology)

    def take_over(
        self,
        learning: TenantProfile,
        active: TenantProfile,
        since: int,
        people: list[Person],
        inputs: Inputs | None,
        progress: Progress,
    ) -> None:
        """Produce everything, all of it acknowledged."""
        outputs = Outputs(self._connection, "detection-stream-onboard")
        tenant, owned = active.tenant, active.own_domains
        if inputs is not None:
            self._to_all(outputs, learning, 0)
            produce(outputs, self._raw, inputs, people, tenant, owned, progress)
        else:
            for person in people:
                outputs.produce(self._raw, -1, *person_record(person, tenant, owned))
        self._to_all(outputs, active, since)
        for person in people:
            outputs.produce(self._kept, -1, *person_record(person, tenant, owned))
        outputs.produce(self._kept, -1, *profile_record(active, since))
        asyncio.run(outputs.confirm(outputs.end_epoch()))
        outputs.close()

    def _to_all(self, outputs: Outputs, profile: TenantProfile, at: int) -> None:
        key, value, _, headers = profile_record(profile, at)
        for partition in range(self._partitions):
            outputs.produce(self._raw, partition, key, value, 0, headers)
        asyncio.run(outputs.confirm(outputs.end_epoch()))
