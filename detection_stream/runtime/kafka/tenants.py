"""Keeps tenants forever: raw messages expire, including profiles and people.

The topic ``tenants`` holds every tenant's latest profile and every person's latest entry, as
records of ``messages.raw``. No stage reads it: they are resent to ``messages.raw`` for workers
that start from empty state.
"""

from __future__ import annotations

from collections.abc import Sequence

from detection_stream.errors import InputError, MessageError
from detection_stream.model.envelope import Envelope
from detection_stream.model.signature import NO_KEY, OperatorKeys
from detection_stream.model.tenant import TenantProfile
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.outputs import Outputs
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.runtime.kafka.topics import partition_counts
from detection_stream.runtime.records import Record
from detection_stream.runtime.topology import Topology

TOPIC = "tenants"
MAIL = "mail"
"""The source that profiles and people come in by."""


def kept(connection: Connection, topology: Topology) -> list[Record]:
    """The last record of each key; empty if the topic does not exist."""
    topic = topology.topic(TOPIC).name
    latest: dict[bytes, Record] = {}
    if topic not in partition_counts(connection):
        return []
    with RecordedTopics(connection) as recorded:
        for _, records in recorded.read(topic, recorded.extents(topic)):
            latest.update((record.key or b"", record) for record in records)
    return list(latest.values())


def send_again(connection: Connection, topology: Topology) -> int:
    """Resend everything to the raw messages; returns the number of profiles and people.

    Profiles go to every partition, people to their key's partition.
    """
    found = kept(connection, topology)
    raw = topology.source(MAIL).name
    partitions = partition_counts(connection).get(raw, 0)
    outputs = Outputs(connection, "detection-stream-tenants")
    for record in found:
        everywhere = record.headers.get("format") == b"tenant"
        for partition in range(partitions) if everywhere else (-1,):
            headers = dict(record.headers)
            outputs.produce(raw, partition, record.key, record.value, 0, headers)
    outputs.confirm_all()
    outputs.close()
    return len(found)


def onboarded_profile(
    connection: Connection, topology: Topology, tenant: str, keys: OperatorKeys
) -> TenantProfile:
    """The profile of an onboarded tenant.

    Raises:
        InputError: the tenant has no profile that the operator has signed.
    """
    if not keys:
        raise InputError(NO_KEY)
    signed = [one for one in kept(connection, topology) if not keys.problem(one.headers, one.value)]
    found = _profile(signed, tenant)
    if found is None:
        raise InputError(
            f"{tenant} is not onboarded on {connection.servers}; `onboard` it, or pass its "
            "domains as --own-domain DOMAIN"
        )
    return found


def _profile(records: Sequence[Record], tenant: str) -> TenantProfile | None:
    for record in records:
        try:
            envelope = Envelope.from_headers(record.headers)
            if (envelope.format, envelope.tenant) == ("tenant", tenant):
                return TenantProfile.decode(record.value)
        except MessageError:
            # Ignore foreign records.
            continue
    return None
