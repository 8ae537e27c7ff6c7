"""What every question and answer has."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

ROWS_LIMIT = 200
"""Rows of a table or a list that one query returns at most."""


TENANTS = 5_000
"""Tenants that are listed at most."""


class Query(Struct, frozen=True, tag_field="query"):
    """One question; ``seconds`` is the longest time that an answer is waited for."""

    seconds: ClassVar[float] = 5.0


class Answer(Struct, kw_only=True):
    """An answer; ``partitions`` are those that the member speaks for."""

    partitions: list[int]
