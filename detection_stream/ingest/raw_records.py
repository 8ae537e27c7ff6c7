"""Records of ``messages.raw``: envelopes of files' mail, tenant profiles, directory entries."""

from __future__ import annotations

from typing import NamedTuple

from detection_stream.ingest.inputs import InputMessage
from detection_stream.model.envelope import Envelope
from detection_stream.model.organisation import Organisation
from detection_stream.model.person import Person
from detection_stream.model.signature import OperatorKeys
from detection_stream.model.tenant import TenantProfile


class RawRecord(NamedTuple):
    """A record for ``messages.raw``."""

    key: bytes
    value: bytes
    at: int
    headers: dict[str, bytes]


def envelope_of(message: InputMessage, organisation: Organisation) -> Envelope:
    """The envelope of a message from a file."""
    return Envelope(
        organisation.tenant,
        organisation.own_domains,
        message.received_at,
        message.format,
        message.source,
        organisation.reception,
        journal=organisation.journal,
    )


def profile_record(profile: TenantProfile, at: int, keys: OperatorKeys) -> RawRecord:
    """A signed profile that applies from ``at`` (milliseconds since 1970, 0 for always).

    It must go to every partition, since each holds mail of every tenant.

    Raises:
        InputError: there is no key.
    """
    envelope = Envelope(profile.tenant, profile.own_domains, at, "tenant", "onboarding")
    value = profile.record()
    headers = keys.signed(envelope.headers(), value)
    return RawRecord(profile.tenant.encode(), value, at, headers)


def person_record(
    person: Person, tenant: str, own_domains: frozenset[str], keys: OperatorKeys
) -> RawRecord:
    """A signed directory entry; it has no time of its own.

    Raises:
        InputError: there is no key.
    """
    envelope = Envelope(tenant, own_domains, 0, "person", "directory")
    key, value = f"{tenant}\0{person.address}".encode(), person.record()
    return RawRecord(key, value, 0, keys.signed(envelope.headers(), value))
