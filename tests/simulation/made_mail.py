"""The demo organisation's mail, with simulated messages in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from detection_stream.demo import OWN_DOMAINS, people
from detection_stream.simulation.scenario import load_scenarios
from detection_stream.simulation.simulate import RawMail, SimulatedMail, Simulation, SourceMail
from tests.topology.harness import demo

MESSAGES = 900
SCENARIOS = load_scenarios()


def read() -> Iterator[RawMail]:
    """The mail as it arrived."""
    for message in demo(MESSAGES):
        yield message.raw, message.received_at


@cache
def simulated(seed: int = 1) -> SimulatedMail:
    """With some messages of every scenario."""
    source = SourceMail(read, frozenset(OWN_DOMAINS), people(11), {"en": 0.9, "de": 0.1})
    return SimulatedMail(source, Simulation(SCENARIOS, 0.6, 0.6, seed))
