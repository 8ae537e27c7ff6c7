"""Gives mail of an archive the heads and bodies that mail has on arrival.

Archives such as Enron's keep hardly more than who wrote what to whom. What hosts on the way and
mail programs add is made up here, by the same code for all, so that history and simulated
attacks look alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice

from detection_stream.model.message import Address, Message
from detection_stream.parsing.domains import registrable
from detection_stream.simulation import infrastructure, mailers
from detection_stream.simulation.census import spoken
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Correspondent, Draft
from detection_stream.simulation.infrastructure import FREEMAIL, INSIDE, SendingHost
from detection_stream.simulation.rendering import render

SAMPLE = 500
"""Messages that tell whether mail is from an archive."""
MAX_THREADS = 50_000

_PREFIX = re.compile(r"^\s*(?:(?:re|fwd?)\s*:\s*)+", re.IGNORECASE)
_FORWARDED_SHARE = 0.01


def is_archive(messages: Iterable[Message]) -> bool:
    """Whether hardly any of the first messages say how they came in."""
    sample = list(islice(messages, SAMPLE))
    return sum(bool(message.hops) for message in sample) < 0.1 * len(sample)


@dataclass(slots=True)
class Arrivals:
    """Renders messages of an archive as they would have arrived at ``own_domains``."""

    own_domains: Collection[str]
    seed: int
    _authors: dict[str, Correspondent] = field(default_factory=dict)
    _hosts: dict[str, SendingHost] = field(default_factory=dict)
    _threads: dict[tuple[str, frozenset[str]], tuple[str, ...]] = field(default_factory=dict)

    def render(self, message: Message, at: int) -> bytes | None:
        """The raw message arriving at a Unix time; None if it lacks sender, reader or identity."""
        readers = [box for box in message.to if box.domain] or [b for b in message.cc if b.domain]
        if not (message.sender.domain and readers and message.message_id):
            return None
        dice = Dice(self.seed, message.message_id)
        author = self._author(message.sender)
        if author.origin.host and dice.chance(_FORWARDED_SHARE):
            origin = infrastructure.forwarded(message.sender.domain, dice)
            author = replace(author, origin=origin)
        body = [block.strip("\n") for block in re.split(r"\n\s*\n", message.text) if block.strip()]
        draft = Draft(author, readers, message.subject, body, cc=message.cc, quoted=message.quoted)
        draft.references = self._references(message)
        gateway = f"mx.{sorted(self.own_domains)[0]}"
        return render(draft, message.message_id, at, dice, gateway)

    def _author(self, sender: Address) -> Correspondent:
        if sender.address not in self._authors:
            dice = Dice(self.seed, f"author {sender.address}")
            box = replace(sender, name=sender.name or spoken(sender.address))
            origin = self._host(sender.domain)
            mailer = (
                mailers.for_freemail(sender.domain, dice)
                if sender.domain in FREEMAIL
                else dice.pick(mailers.PERSONAL)
            )
            self._authors[sender.address] = Correspondent(box, mailer, origin)
        return self._authors[sender.address]

    def _host(self, domain: str) -> SendingHost:
        if domain in self.own_domains or registrable(domain) in self.own_domains:
            return INSIDE
        if domain not in self._hosts:
            dice = Dice(self.seed, f"host {domain}")
            self._hosts[domain] = (
                infrastructure.freemail(domain, dice)
                if domain in FREEMAIL
                else infrastructure.company(domain, dice)
            )
        return self._hosts[domain]

    def _references(self, message: Message) -> tuple[str, ...]:
        """What a reply refers to: the last message of that subject among the same people."""
        if message.references:
            return message.references
        subject = _PREFIX.sub("", message.subject).strip().lower()
        parties = {box.address for box in (message.sender, *message.to[:1])}
        name = (subject, frozenset(parties))
        known = self._threads.get(name, ()) if _PREFIX.match(message.subject) else ()
        if len(self._threads) >= MAX_THREADS:
            self._threads.pop(next(iter(self._threads)))
        self._threads[name] = (*known[-8:], message.message_id)
        return known
