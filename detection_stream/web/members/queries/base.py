"""Base types of queries and answers."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

MAX_ROWS = 200
"""Maximum rows that one query returns."""


MAX_TENANTS = 5_000
"""Maximum tenants listed."""


class Query(Struct, frozen=True, tag_field="query"):
    """One query; ``seconds`` is its timeout."""

    seconds: ClassVar[float] = 5.0


class Answer(Struct, kw_only=True):
    """An answer; ``partitions`` are those it covers."""

    partitions: list[int]
