"""Queries about table rows, present and past."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from detection_stream.model.origin import Origin
from detection_stream.web.members.queries.base import MAX_TENANTS, Answer, Query


class Scan(Query, frozen=True, tag="rows"):
    """Rows of a table whose keys start with ``prefix`` and follow the cursor ``after``.

    A cursor is a row's key and partition: some tables have a key in every partition.
    """

    table: str
    prefix: bytes = b""
    after: tuple[bytes, int] | None = None
    limit: int = 50


class StoredRow(Struct):
    """A stored row."""

    key: bytes
    value: bytes
    partition: int

    @property
    def place(self) -> tuple[bytes, int]:
        """Its position among the rows of all partitions."""
        return self.key, self.partition


class ScanAnswer(Answer):
    """Sorted by cursor."""

    entries: list[StoredRow]


class Get(Query, frozen=True, tag="get"):
    """Rows of a table by key; missing ones are left out."""

    table: str
    keys: list[bytes]


class GetAnswer(Answer):
    """``watermarks`` are the times that the tenant has reached in each partition (seconds)."""

    entries: list[StoredRow]
    watermarks: dict[int, int]


class PastRow(Query, frozen=True, tag="history"):
    """An entity's row at a past time, or before a message (its origin)."""

    seconds: ClassVar[float] = 20.0

    kind: str
    tenant: str
    value: str
    at: int
    origin: Origin | None = None


class PastRowAnswer(Answer):
    """``row`` is None if there was none yet.

    ``base`` says what it was built from, ``observations`` how many were applied on top.
    ``problem`` says why the lookup failed.
    """

    row: bytes | None
    base: str
    observations: int
    partition: int = -1
    problem: str = ""


class TenantProfiles(Query, frozen=True, tag="tenant_profiles"):
    """Profiles of all tenants."""

    limit: int = MAX_TENANTS


class TenantProfilesAnswer(Answer):
    """The profile of each tenant as stored; None for a tenant with mail but no profile."""

    profiles: dict[str, bytes | None]
