"""The demo's mail as one stream in time order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detection_stream.demo import schedule
from detection_stream.demo.clock import START
from detection_stream.demo.organisation import GATEWAY, organisation
from detection_stream.demo.registry import SCENARIOS
from detection_stream.demo.world import World
from detection_stream.simulation.dates import DAY
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.rendering import render


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """A raw message with its label.

    ``message_id`` is without angle brackets, ``received_at`` in milliseconds since 1970 and equal
    to the date of the topmost Received header. ``kind`` is the label, ``scenario`` the family of
    templates it comes from.
    """

    raw: bytes
    message_id: str
    received_at: int
    kind: str
    scenario: str


def generate(messages: int, seed: int) -> Iterator[DemoMessage]:
    """Exactly ``messages`` messages in time order, the same for a seed on every machine.

    More messages make the days denser, not more numerous. One day is planned at a time, so
    memory stays bounded.
    """
    dice = Dice(seed, "messages")
    world = World(organisation(seed), dice)
    for day, slots in enumerate(schedule.days(messages, SCENARIOS, Dice(seed, "schedule"))):
        world.begin(day)
        for second, scenario in slots:
            world.now = START + day * DAY + second
            draft = scenario.write(world)
            author = draft.author
            message_id = author.mailer.identify(dice, author.mailbox.domain)
            raw = render(draft, message_id, world.now, dice, GATEWAY)
            world.record(draft, message_id)
            yield DemoMessage(raw, message_id, world.now * 1000, scenario.kind, scenario.name)
