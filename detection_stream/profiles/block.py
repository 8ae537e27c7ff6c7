"""Blocks: the parts of rows, each with a description of itself and its value."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from msgspec import Struct

from detection_stream.profiles.records import Records

Unit = Literal["messages", "names", "addresses", "about", "flag", "time", "events"]
"""Unit of a number; ``about`` is an estimate, ``flag`` 0 or 1, ``time`` a point in time."""

Shape = Literal["number", "estimate", "decayed", "window", "hours", "sides"]
"""How to show a block: as a number, as a chart over its buckets or slots, or by side."""

NumpyField = tuple[Any, ...]
"""Name, type and optional shape of a numpy field."""


class Bucket(Struct):
    """One bucket of a window: its start (milliseconds since 1970) and count."""

    at: int
    count: int


class FieldValue(Struct):
    """The value of a block of one row, as of a time.

    ``value`` is a number; times are milliseconds since 1970, None for never. ``buckets`` are those
    of a window, oldest first, ``slots`` the numbers of a block with several. ``listed`` says
    whether lists of rows show it.
    """

    name: str
    words: str
    unit: Unit
    shape: Shape
    listed: bool
    value: float | None
    buckets: list[Bucket] = []
    slots: list[float | None] = []


class Block(Protocol):
    """A named part of a row.

    ``words`` describe its content to users, in lower case without a full stop. ``listed`` says
    whether it is a plain number that can be compared with those of other rows.
    """

    @property
    def name(self) -> str:
        """Its name in the row."""

    @property
    def words(self) -> str:
        """Description for users."""

    @property
    def unit(self) -> Unit:
        """Unit of its number."""

    @property
    def listed(self) -> bool:
        """Whether lists of rows show it."""

    def fields(self) -> tuple[NumpyField, ...]:
        """Its fields in a row."""

    def describe(self, row: Records, at: int) -> FieldValue:
        """Its value in ``row`` (an array of one) as of ``at`` (seconds since 1970)."""


def described(
    block: Block,
    shape: Shape,
    value: float | None,
    *,
    buckets: list[Bucket] | None = None,
    slots: list[float | None] | None = None,
) -> FieldValue:
    """A block's value in one row."""
    return FieldValue(
        block.name,
        block.words,
        block.unit,
        shape,
        block.listed,
        value,
        buckets or [],
        slots or [],
    )
