"""An organisation's mail with simulated messages in it."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

from detection_stream.errors import InputError, MessageError
from detection_stream.model.message import Message
from detection_stream.model.person import Person
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.simulation.archive import SAMPLE, Arrivals, is_archive
from detection_stream.simulation.census import Census
from detection_stream.simulation.inject import SimulatedMessage, inject
from detection_stream.simulation.mbox import LabelledMail
from detection_stream.simulation.organisation import OrganisationMail
from detection_stream.simulation.scenario import HARMLESS, MailScenario

RawMail = tuple[bytes, int]
"""A raw message, and its arrival in milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is simulated, as shares of the inbound mail (0 to 1) within bounds of messages each.

    ``seed`` is that of all that is drawn.
    """

    scenarios: Sequence[MailScenario]
    attack_share: float
    harmless_share: float
    seed: int
    at_least: int = 0
    at_most: int = 1_000_000


@dataclass(frozen=True, slots=True)
class SourceMail:
    """An organisation's mail: ``read`` yields all of it in the order of arrival, on each call."""

    read: Callable[[], Iterable[RawMail]]
    own_domains: Collection[str]
    people: Sequence[Person] = ()
    languages: dict[str, float] | None = None


class SimulatedMail:
    """Mail with simulated messages; ``organisation`` and ``injected`` say what was found and made.

    Raises:
        InputError: there is no inbound mail to simulate more of.
    """

    def __init__(self, source: SourceMail, simulation: Simulation) -> None:
        self._source, self._seed = source, simulation.seed
        self.archive = is_archive(
            message for raw, _ in islice(source.read(), SAMPLE) if (message := _parsed(raw))
        )
        self.organisation = self._counted()
        self.injected = list(self._inject(simulation))

    def _counted(self) -> OrganisationMail:
        census = Census(self._source.own_domains, self._source.people, self._seed)
        for raw, at in self._history():
            if message := _parsed(raw):
                census.take(message, raw, at // 1000)
        return census.counted(self._source.languages or {"en": 1.0})

    def _inject(self, simulation: Simulation) -> Iterator[SimulatedMessage]:
        inbound = len(self.organisation.arrivals)
        if not inbound or not self.organisation.members:
            raise InputError(
                "no mail from outside to people inside; check --own-domain, and give more mail"
            )
        attacks = [one for one in simulation.scenarios if not one.is_harmless]
        harmless = [one for one in simulation.scenarios if one.is_harmless]
        for scenarios, share in (
            (attacks, simulation.attack_share),
            (harmless, simulation.harmless_share),
        ):
            if scenarios and share:
                wanted = min(max(round(share * inbound), simulation.at_least), simulation.at_most)
                yield from inject(self.organisation, scenarios, wanted, simulation.seed)

    def _history(self) -> Iterator[RawMail]:
        if not self.archive:
            yield from self._source.read()
            return
        arrivals = Arrivals(self._source.own_domains, self._seed)
        for raw, at in self._source.read():
            message = _parsed(raw)
            if message and (rendered := arrivals.render(message, at // 1000)):
                yield rendered, at

    def messages(self) -> Iterator[LabelledMail]:
        """All mail in the order of arrival; only simulated messages have labels."""
        history = (LabelledMail(raw, at, None) for raw, at in self._history())
        return heapq.merge(
            history, map(_labelled, sorted(self.injected, key=_ARRIVAL)), key=_ARRIVAL
        )


_ARRIVAL = attrgetter("received_at")


def _labelled(message: SimulatedMessage) -> LabelledMail:
    label = {
        "message_id": message.message_id,
        "kind": message.kind if message.kind in {*HARMLESS, "spam"} else message.scenario,
        "attack_type": message.kind,
        "scenario": message.scenario,
        "campaign": message.campaign,
        "language": message.language,
    }
    return LabelledMail(message.raw, message.received_at, label)


def _parsed(raw: bytes) -> Message | None:
    try:
        return parse_message(raw)
    except MessageError:
        return None
