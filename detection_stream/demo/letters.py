"""The shape of a letter: greeting, paragraphs, closing, signature."""

from __future__ import annotations

from collections.abc import Sequence

from detection_stream.demo.phrases import COMMON
from detection_stream.demo.world import World
from detection_stream.model.message import Address
from detection_stream.simulation.dates import day_name, stamp
from detection_stream.simulation.draft import Correspondent, Draft, Paragraph, Thread


def _capitalised(block: Paragraph) -> Paragraph:
    return block[:1].upper() + block[1:] if isinstance(block, str) else block


def letter(
    world: World, author: Correspondent, reader: Address | None, *paragraphs: Paragraph
) -> list[Paragraph]:
    """Paragraphs between optional greeting and closing."""
    dice = world.dice
    first = reader.name.partition(" ")[0] if reader else "all"
    body: list[Paragraph] = []
    if dice.chance(0.85):
        body.append(_capitalised(COMMON.say("greeting", dice, reader=first)))
    body.extend(_capitalised(paragraph) for paragraph in paragraphs)
    ending = dice.random()
    if ending < 0.62:
        body.append(f"{COMMON.say('closing', dice)}\n{author.signature}")
    elif ending < 0.9:
        body.append(f"{COMMON.say('closing', dice)}\n{author.first}")
    elif ending < 0.95:
        body.append(f"{author.first}\n\n{COMMON.say('device', dice)}")
    return body


def quote(thread: Thread) -> str:
    """The last message of a conversation as replies repeat it."""
    author = thread.last_author
    if author is None:
        return ""
    when = f"{day_name(thread.last_at)} at {stamp(thread.last_at)[17:22]}"
    lines = thread.last_text.replace("\n", "\n> ")
    return f"On {when}, {author.mailbox.name} <{author.mailbox.address}> wrote:\n> {lines}"


def answer(
    world: World, thread: Thread, author: Correspondent, body: Sequence[Paragraph], *, cc_rest: bool
) -> Draft:
    """A reply within a conversation."""
    last = thread.last_author
    others = [one.mailbox for one in thread.members if one is not author]
    first = last.mailbox if last and last is not author else others[0]
    rest = [other for other in others if other != first]
    return Draft(
        author,
        [first],
        f"{world.dice.pick(('Re', 'Re', 'RE'))}: {thread.subject}",
        body,
        cc=rest if cc_rest else (),
        quoted=quote(thread),
        references=thread.identifiers.copy(),
        thread=thread,
    )
