"""Puts simulated messages into the timeline of an organisation's mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from detection_stream.simulation.actors import author
from detection_stream.simulation.compose import begin, compose
from detection_stream.simulation.dates import DAY
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.organisation import OrganisationMail
from detection_stream.simulation.scenario import Hours, MailScenario
from detection_stream.simulation.scene import Scene

WARM_UP: Final = 0.05
"""Share of the inbound mail before the first simulated message, from which history begins."""
_PACES: Final = (60, 600, DAY // 4)
"""Most seconds between messages of a campaign: one goes out at once, another over days."""
_MIN_CAMPAIGNS: Final = 4
"""Campaigns of a scenario, if there are so many messages of it: one would be no sample."""
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class SimulatedMessage:
    """A raw message as it arrives (``received_at``: milliseconds since 1970), with its label."""

    raw: bytes
    received_at: int
    message_id: str
    kind: str
    scenario: str
    campaign: str
    language: str


def inject(
    organisation: OrganisationMail, scenarios: Sequence[MailScenario], messages: int, seed: int
) -> list[SimulatedMessage]:
    """About ``messages`` messages in time order; scenarios share them by their ``share``.

    A scenario that the organisation's mail has no part for (no partner, say) is left out.
    """
    total = sum(scenario.share for scenario in scenarios)
    found: list[SimulatedMessage] = []
    for scenario in scenarios:
        wanted = max(1, round(messages * scenario.share / total))
        found += _messages(organisation, scenario, wanted, Dice(seed, scenario.id))
    return sorted(found, key=lambda one: (one.received_at, one.message_id))


def _messages(
    organisation: OrganisationMail, scenario: MailScenario, wanted: int, dice: Dice
) -> Iterator[SimulatedMessage]:
    written = misses = number = 0
    while written < wanted and misses < _TRIES * (wanted + 1):
        scene = Scene(organisation, scenario, _moment(organisation, scenario.hours, dice), dice)
        who = author(scene, scene.weighted(scenario.senders))
        if who is None:
            misses += 1
            continue
        campaign, number = begin(scene, who), number + 1
        size = min(dice.between(*scenario.campaign), max(1, wanted // _MIN_CAMPAIGNS))
        pace = dice.pick(_PACES)
        for repeat in range(min(size, wanted - written)):
            at = scene.at + repeat * dice.between(pace // 10, pace)
            message = compose(replace(scene, at=at), campaign)
            if message is None:
                misses += 1
                continue
            written += 1
            yield SimulatedMessage(
                message.raw, at * 1000, message.message_id, scenario.kind, scenario.id,
                f"{scenario.id}-{number}", message.language,
            )  # fmt: skip


def _moment(organisation: OrganisationMail, hours: Hours, dice: Dice) -> int:
    """A time when mail like this arrives, near that of a real message."""
    arrivals = organisation.arrivals
    first = int(WARM_UP * len(arrivals))
    at = arrivals[dice.between(first, len(arrivals) - 1)] + dice.between(-900, 900)
    if hours == "any" and dice.chance(0.5):
        at += dice.between(-DAY // 2, DAY // 2)
    elif hours == "night":
        at = at - at % DAY + dice.between(0, 5 * 3600)
    return max(arrivals[first], at)
