"""All members together: queries go to each of them, and unanswered partitions are reported."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from detection_stream.errors import BusyError
from detection_stream.web.members.queries import Answer, Query

log = logging.getLogger(__name__)

A = TypeVar("A", bound=Answer)


class MemberAwayError(Exception):
    """A member does not answer, and why."""


class Member(Protocol):
    """A process that answers queries."""

    @property
    def name(self) -> str:
        """Its display name."""

    async def ask(self, query: Query, answer: type[A]) -> A:
        """Answer a query.

        Raises:
            MemberAwayError: it does not answer.
        """


@dataclass
class Gathered(Generic[A]):
    """Answers of all members; ``notes`` tell users what is missing and why."""

    answers: list[A]
    missing: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Cluster:
    """The member of this process, and the others currently known to ``peers``."""

    def __init__(
        self, own: Member, partitions: int, peers: Callable[[], list[Member]] = list
    ) -> None:
        self.own = own
        self.partitions = partitions
        self._peers = peers

    async def ask(self, query: Query, answer: type[A]) -> Gathered[A]:
        """Query all members in parallel."""
        members = [self.own, *self._peers()]
        found = await asyncio.gather(*(_ask(member, query, answer) for member in members))
        answers = [one for one in found if isinstance(one, Answer)]
        away = [one for one in found if isinstance(one, str)]
        covered = {number for one in answers for number in one.partitions}
        missing = sorted(set(range(self.partitions)) - covered)
        return Gathered(answers, missing, _notes(missing, away))


async def _ask(member: Member, query: Query, answer: type[A]) -> A | str:
    try:
        async with asyncio.timeout(query.seconds):
            return await member.ask(query, answer)
    except TimeoutError:
        return f"{member.name} did not answer within {query.seconds:.0f} s"
    except (MemberAwayError, BusyError) as error:
        return f"{member.name}: {error}"
    except Exception:
        # Partitions may move to another worker during a query.
        log.exception("%s could not answer %s", member.name, type(query).__name__)
        return f"{member.name} failed to answer; see its log"


def _notes(missing: list[int], away: list[str]) -> list[str]:
    if not missing:
        # Members that are away held nothing, or others have taken over.
        return []
    numbers = ", ".join(map(str, missing))
    plural = "s" if len(missing) > 1 else ""
    reason = "; ".join(away) or "no worker owns them now; they may be moving"
    return [f"Partition{plural} {numbers} missing: {reason}."]
