"""Plans how many messages of each scenario arrive when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, fsum

from detection_stream.demo.clock import DAYS
from detection_stream.demo.scenario import Scenario
from detection_stream.simulation.dice import Dice

_MIN_STRATIFIED_MESSAGES = 1000
"""From this many messages, each scenario occurs at least once."""


def apportion(messages: int, scenarios: Sequence[Scenario]) -> list[int]:
    """Messages of each scenario by largest remainder; their sum is ``messages``."""
    total = fsum(scenario.share for scenario in scenarios)
    exact = [messages * scenario.share / total for scenario in scenarios]
    counts = [floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: counts[place] - exact[place])
    for place in by_remainder[: messages - sum(counts)]:
        counts[place] += 1
    if messages >= _MIN_STRATIFIED_MESSAGES:
        missing = [place for place, count in enumerate(counts) if count == 0]
        for place in missing:
            counts[counts.index(max(counts))] -= 1
            counts[place] = 1
    return counts


def days(
    messages: int, scenarios: Sequence[Scenario], dice: Dice
) -> Iterator[list[tuple[int, Scenario]]]:
    """For each day of the calendar, the seconds of the day and their scenarios in time order."""
    counts = apportion(messages, scenarios)
    # A random phase spreads rare scenarios over all days.
    phases = [dice.random() for _ in scenarios]
    for day in range(DAYS):
        slots: list[tuple[int, Scenario]] = []
        for scenario, count, phase in zip(scenarios, counts, phases, strict=True):
            before, after = scenario.rhythm.progress[day : day + 2]
            today = floor(count * after + phase) - floor(count * before + phase)
            slots.extend((scenario.rhythm.second(dice), scenario) for _ in range(today))
        slots.sort(key=lambda slot: slot[0])
        yield slots
