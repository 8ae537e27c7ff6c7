"""Rows of tables, as they are and as they were."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from detection_stream.web.members.queries.base import ROWS_LIMIT, Answer, Query


class Rows(Query, frozen=True, tag="rows"):
    """Entries of a table whose keys begin with ``prefix`` and come behind ``after``."""

    table: str
    prefix: bytes = b""
    after: bytes = b""
    limit: int = 50


class Entry(Struct):
    """One row as stored."""

    key: bytes
    value: bytes
    partition: int


class RowsAnswer(Answer):
    """In order of keys."""

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
    origin: tuple[int, int] | None = None


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


class TenantNames(Query, frozen=True, tag="tenant_names"):
    """Tenants that have addresses."""

    limit: int = ROWS_LIMIT


class TenantNamesAnswer(Answer):
    """In order, ``limit`` at most."""

    names: list[str]
