"""Blocks: the parts that rows are made of, each of which says what it is and what it holds."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from msgspec import Struct

from detection_stream.profiles.records import Records

Unit = Literal["messages", "names", "addresses", "about", "flag", "time", "events"]
"""What a number counts; ``about`` is an estimate, ``flag`` 0 or 1, ``time`` a moment."""

Shape = Literal["number", "estimate", "decayed", "window", "hours", "sides"]
"""How a block is to be shown: as its number, as a chart over its buckets or slots, or by side."""

NumpyField = tuple[Any, ...]
"""Name, type and perhaps shape, as numpy takes them."""


class Bucket(Struct):
    """A part of a window: when it begins (milliseconds since 1970), and what was counted."""

    at: int
    count: int


class FieldValue(Struct):
    """What a block of one row holds, as of a moment.

    ``value`` is a number; for times milliseconds since 1970, None for never. ``buckets`` are those
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

    ``words`` say to people what it holds, in lower case without a full stop. ``listed`` says
    whether it is a plain number that means something beside those of other rows.
    """

    @property
    def name(self) -> str:
        """Its name in the row."""

    @property
    def words(self) -> str:
        """What it holds, for people."""

    @property
    def unit(self) -> Unit:
        """What its number counts."""

    @property
    def listed(self) -> bool:
        """Whether lists of rows show it."""

    def fields(self) -> tuple[NumpyField, ...]:
        """The fields of a row that hold it."""

    def describe(self, row: Records, at: int) -> FieldValue:
        """What ``row`` (an array of one) holds as of ``at`` (seconds since 1970)."""


def described(
    block: Block,
    shape: Shape,
    value: float | None,
    *,
    buckets: list[Bucket] | None = None,
    slots: list[float | None] | None = None,
) -> FieldValue:
    """What a block says of one row."""
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
