"""Queries about dead letters."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from detection_stream.web.members.queries.base import Answer, Query


class DeadLetters(Query, frozen=True, tag="dead_letters"):
    """Dead letters, newest first, below the offset ``before`` of each partition."""

    limit: int = 50
    before: dict[int, int] | None = None


class DeadLetter(Struct):
    """One dead letter; ``at`` is its record's time, ``letter_partition`` and ``letter_offset`` are
    its position. ``retry`` says why it cannot be retried; empty if it can."""

    letter_partition: int
    letter_offset: int
    at: int
    tenant: str
    topic: str
    partition: int
    offset: int
    stage: str
    phase: str
    reason: str
    source: str
    size: int
    first_bytes: str
    retry: str


class DeadLettersAnswer(Answer):
    """``total`` is how many the topic holds."""

    letters: list[DeadLetter]
    total: int


class Retry(Query, frozen=True, tag="retry"):
    """Retry a dead letter."""

    seconds: ClassVar[float] = 25.0

    letter_partition: int
    letter_offset: int


class RetryAnswer(Answer):
    """``sent`` says where it went, empty if nowhere; ``problem`` then says why."""

    sent: str = ""
    problem: str = ""
    letter: DeadLetter | None = None
