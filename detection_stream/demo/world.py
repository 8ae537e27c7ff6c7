"""The world that scenarios see: people, time and conversations so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from detection_stream.demo.clock import START
from detection_stream.demo.organisation import Colleague, Partner, SyntheticOrganisation
from detection_stream.simulation.dates import DAY
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Draft, Thread

T = TypeVar("T")

_MAX_OPEN_THREADS = 1500
_MAX_THREAD_SILENCE = 6 * DAY
_MAX_THREAD_MESSAGES = 9


class World:
    """The state of one run. Its size does not depend on the number of messages."""

    def __init__(self, organisation: SyntheticOrganisation, dice: Dice) -> None:
        self.organisation = organisation
        self.dice = dice
        self.now = START
        self.day = 0
        self.present: tuple[Colleague, ...] = ()
        self._by_department: dict[str, list[Colleague]] = {}
        self._threads: dict[bool, list[Thread]] = {True: [], False: []}
        self._waves: dict[str, tuple[object, int]] = {}

    def begin(self, day: int) -> None:
        """Start a day: people who have joined by now are present."""
        self.day = day
        self.present = tuple(one for one in self.organisation.colleagues if one.joined <= day)
        self._by_department = {}
        for one in self.present:
            self._by_department.setdefault(one.department, []).append(one)

    def colleague(self, *departments: str) -> Colleague:
        """Anybody, or somebody of one of the departments."""
        if not departments:
            return self.dice.pick(self.present)
        return self.dice.pick(self._by_department[self.dice.pick(departments)])

    def executive(self) -> Colleague:
        """One of the executives."""
        return self.dice.pick(self.organisation.executives)

    def others(self, author: Colleague, count: int) -> list[Colleague]:
        """People the author works with, mostly of the same department."""
        near = self._by_department[author.department]
        pool = near if len(near) > count and self.dice.chance(0.7) else self.present
        return [one for one in self.dice.sample(pool, count + 1) if one is not author][:count]

    def relation(self, *, vendor: bool = False) -> tuple[Partner, Colleague]:
        """A partner, weighted by activity, and its contact here."""
        partners = self.organisation.vendors if vendor else self.organisation.partners
        partner = self.dice.favour(partners)
        return partner, self.dice.favour(partner.counterparts)

    def thread(self, *, external: bool) -> Thread | None:
        """A conversation of the last days; None if none deserves a reply."""
        threads = self._threads[external]
        while threads:
            index = int(self.dice.random() * len(threads))
            thread = threads[index]
            if (
                self.now - thread.last_at < _MAX_THREAD_SILENCE
                and len(thread.identifiers) < _MAX_THREAD_MESSAGES
            ):
                return thread
            threads[index] = threads[-1]
            threads.pop()
        return None

    def wave(self, name: str, make: Callable[[], T], longest: int) -> T:
        """A value shared by a campaign's messages, re-created when the campaign ends."""
        made, left = self._waves.get(name, (None, 0))
        if left == 0:
            made, left = make(), self.dice.between(1, longest)
        self._waves[name] = (made, left - 1)
        return cast("T", made)

    def record(self, draft: Draft, message_id: str) -> None:
        """Remember a message that was sent, if it opens or continues a conversation."""
        thread = draft.thread
        if thread is None:
            return
        if not thread.identifiers:
            self._open(thread)
        thread.identifiers.append(message_id)
        thread.last_author = draft.author
        thread.last_text = "\n".join(block for block in draft.body if isinstance(block, str))[:400]
        thread.last_at = self.now

    def _open(self, thread: Thread) -> None:
        threads = self._threads[thread.external]
        if len(threads) < _MAX_OPEN_THREADS:
            threads.append(thread)
        else:
            threads[int(self.dice.random() * _MAX_OPEN_THREADS)] = thread
