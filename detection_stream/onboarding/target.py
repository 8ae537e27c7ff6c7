"""Where a tenant goes live: an embedded engine's directory, or workers on Kafka."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from detection_stream.errors import InputError
from detection_stream.ingest.feed import feed
from detection_stream.ingest.inputs import Inputs
from detection_stream.ingest.produce import produce
from detection_stream.ingest.raw_records import person_record, profile_record
from detection_stream.model.organisation import Organisation
from detection_stream.model.signature import NO_KEY
from detection_stream.model.tenant import TenantProfile
from detection_stream.onboarding.onboard import Onboarded
from detection_stream.reporting import ReportFeed
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.embedded.running import running
from detection_stream.runtime.kafka import tenants, topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.outputs import Outputs
from detection_stream.state.database import Database


class Target(Protocol):
    """Where a tenant is sent; ``name`` is its display name."""

    name: str

    def take_over(self, found: Onboarded, inputs: Inputs | None, progress: ReportFeed) -> None:
        """Send the learning profile, people and mail in this order, then the final profile.

        ``inputs`` is mail not yet in the target, None if none.

        Raises:
            StageError: not everything was stored; repeating the call is safe.
        """


class EmbeddedTarget:
    """A data directory that is not in use, or a new one.

    Raises:
        DataDirectoryError: it is in use, or has another version.
    """

    def __init__(self, directory: Path, blueprint: Blueprint) -> None:
        self.name = str(directory)
        self._directory = directory
        self._blueprint = blueprint
        if directory.exists() and any(directory.iterdir()):
            # Fail before reading a long history, not after.
            Database(directory, create=False).close()

    def take_over(self, found: Onboarded, inputs: Inputs | None, progress: ReportFeed) -> None:
        """Feed everything to an engine, and wait until everything is decided."""
        asyncio.run(self._take_over(found, inputs, progress))

    async def _take_over(
        self, found: Onboarded, inputs: Inputs | None, progress: ReportFeed
    ) -> None:
        topology = self._blueprint.topology()
        raw, profile = topology.source("mail").name, found.profile
        tenant, owned = profile.tenant, profile.own_domains
        organisation = Organisation(tenant, owned, found.people, profile.reception)
        async with running(self._directory, topology) as engine:
            log = engine.log(raw, 0)
            if inputs is not None:
                log.append(*profile_record(found.learning, 0, engine.keys))
                await feed(engine, inputs, organisation, raw, progress)
            else:
                for person in found.people:
                    log.append(*person_record(person, tenant, owned, engine.keys))
            log.append(*profile_record(profile, found.since, engine.keys))
            engine.arrived.set()
            await engine.wait_idle()


class KafkaTarget:
    """The topics of workers, which need not be running.

    Raises:
        InputError: no broker answers, topics are missing, or there is no key to sign with.
    """

    def __init__(self, connection: Connection, blueprint: Blueprint) -> None:
        if not blueprint.keys:
            raise InputError(NO_KEY)
        self._keys = blueprint.keys
        self.name = connection.servers
        topology = blueprint.topology()
        self._connection = connection
        self._raw = topology.source("mail").name
        self._kept = topology.topic(tenants.TOPIC).name
        self._partitions = topics.check(connection, topology)

    def take_over(self, found: Onboarded, inputs: Inputs | None, progress: ReportFeed) -> None:
        """Produce everything, all of it acknowledged."""
        outputs = Outputs(self._connection, "detection-stream-onboard")
        tenant, owned = found.profile.tenant, found.profile.own_domains
        people = [person_record(person, tenant, owned, self._keys) for person in found.people]
        if inputs is not None:
            self._to_all(outputs, found.learning, 0)
            organisation = Organisation(tenant, owned, found.people, found.profile.reception)
            produce(outputs, self._raw, inputs, organisation, progress, self._keys)
        else:
            for record in people:
                outputs.produce(self._raw, -1, *record)
        self._to_all(outputs, found.profile, found.since)
        for record in (*people, profile_record(found.profile, found.since, self._keys)):
            outputs.produce(self._kept, -1, *record)
        outputs.confirm_all()
        outputs.close()

    def _to_all(self, outputs: Outputs, profile: TenantProfile, at: int) -> None:
        key, value, _, headers = profile_record(profile, at, self._keys)
        for partition in range(self._partitions):
            outputs.produce(self._raw, partition, key, value, 0, headers)
        outputs.confirm_all()
