"""Dead letters."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from detection_stream.web.members import queries as q
from detection_stream.web.view import Parameters, Result, Visit, decode_cursor, encode_cursor, view


class DeadLetterParameters(Parameters):
    """``after`` is a cursor."""

    after: Annotated[str, Meta(max_length=4_000)] = ""
    limit: Annotated[int, Meta(ge=1, le=q.MAX_ROWS)] = 50


class DeadLetterList(Result):
    """Newest first; ``total`` counts those of all tenants.

    ``next`` is the cursor of the next page, empty at the end. ``may_retry`` says whether the
    user may retry them.
    """

    letters: list[q.DeadLetter]
    total: int
    next: str
    may_retry: bool


@view(
    *("/dead-letters", "dead_letters.html", DeadLetterParameters, DeadLetterList),
    reads="read dead letters",
)
async def dead_letters(visit: Visit, asked: DeadLetterParameters) -> DeadLetterList:
    """Records that could not be processed, with the reason."""
    before = decode_cursor(asked.after, tuple[dict[int, int]])[0] if asked.after else None
    answers = await visit.ask(q.DeadLetters(asked.limit, before), q.DeadLettersAnswer)
    letters = [letter for answer in answers for letter in answer.letters]
    shown = newest(letters, asked.limit)
    lowest = dict(before or {})
    for letter in shown:
        known = lowest.get(letter.letter_partition, letter.letter_offset)
        lowest[letter.letter_partition] = min(known, letter.letter_offset)
    more = len(letters) > len(shown) or any(offset > 0 for offset in lowest.values())
    return DeadLetterList(
        letters=[letter for letter in shown if visit.who.sees(letter.tenant)],
        total=sum(answer.total for answer in answers),
        next=encode_cursor(lowest) if shown and more else "",
        may_retry=visit.who.operates,
    )


def newest(letters: list[q.DeadLetter], limit: int) -> list[q.DeadLetter]:
    """The newest over several partitions, each from its end, so that a cursor skips none."""
    partitions: dict[int, list[q.DeadLetter]] = {}
    for letter in sorted(letters, key=lambda letter: letter.letter_offset):
        partitions.setdefault(letter.letter_partition, []).append(letter)
    shown: list[q.DeadLetter] = []
    while partitions and len(shown) < limit:
        newest = max(partitions, key=lambda number: (partitions[number][-1].at, number))
        shown.append(partitions[newest].pop())
        if not partitions[newest]:
            del partitions[newest]
    return shown
