"""Rows of tables, as they are and as they were."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from detection_stream.model.origin import Origin
from detection_stream.web.members.queries.base import TENANTS, Answer, Query


class Rows(Query, frozen=True, tag="rows"):
    """Entries of a table whose keys begin with ``prefix`` and come behind the place ``after``.

    A place is the key and the partition of an entry: some tables have a key in each partition.
    """

    table: str
    prefix: bytes = b""
    after: tuple[bytes, int] | None = None
    limit: int = 50


class Entry(Struct):
    """One row as stored."""

    key: bytes
    value: bytes
    partition: int

    @property
    def place(self) -> tuple[bytes, int]:
        """Where it stands among the entries of all partitions."""
        return self.key, self.partition


class RowsAnswer(Answer):
    """In order of places."""

    entries: list[Entry]


class Get(Query, frozen=True, tag="get"):
    """Rows of a table by key, those that are there."""

    table: str
    keys: list[bytes]


class GetAnswer(Answer):
    """``watermarks`` is the time (seconds since 1970) that each partition has reached."""

    entries: list[Entry]
    watermarks: dict[int, int]


class History(Query, frozen=True, tag="history"):
    """An entity's row as it was at a moment, or before a message (its origin)."""

    seconds: ClassVar[float] = 20.0

    kind: str
    tenant: str
    value: str
    at: int
    origin: Origin | None = None


class HistoryAnswer(Answer):
    """``row`` is None where there was none yet.

    ``base`` says what it was built from, ``observations`` how many were applied on top.
    ``problem`` says why the moment cannot be looked up.
    """

    row: bytes | None
    base: str
    observations: int
    partition: int = -1
    problem: str = ""


class TenantProfiles(Query, frozen=True, tag="tenant_profiles"):
    """All tenants."""

    limit: int = TENANTS


class TenantProfilesAnswer(Answer):
    """The profile of each tenant as stored; None where it has mail but no profile."""

    profiles: dict[str, bytes | None]
