"""Counts an organisation from its mail."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from detection_stream.model.message import Address, Message
from detection_stream.model.person import Person
from detection_stream.parsing.domains import registrable
from detection_stream.signals.lists import names
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.head import Head, head_of
from detection_stream.simulation.organisation import Exchange, Insider, OrganisationMail, Outsider

MIN_PARTNER_MESSAGES: Final = 2
"""Minimum messages by hand from somebody outside whom people inside write to."""
MIN_MEMBER_MESSAGES: Final = 3
EXECUTIVES_SHARE, MIN_EXECUTIVES = 0.02, 3
"""Without a directory, those who most people write to are taken for the executives."""
MAX_EXCHANGES: Final = 20_000
MAX_HEADS: Final = 600
"""Heads kept of companies, of bulk mail and of each free mail provider."""
MAX_TEXT: Final = 1_500
MAX_TOPICS: Final = 4_000

_PREFIX = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|sv|tr|rv|antw)\s*:\s*)+", re.IGNORECASE)
_DEPARTMENTS = {
    "finance": ("financ", "account", "treasur", "payable", "procure", "controlling"),
    "personnel": ("personnel", "human", "hr", "people", "payroll"),
    "it": ("it", "information tech", "helpdesk", "service desk", "infrastructure"),
}


@dataclass(slots=True)
class _Outside:
    messages: int = 0
    first_at: int = 0
    name: str = ""
    readers: Counter[str] = field(default_factory=Counter)
    written_to: int = 0


@dataclass(slots=True)
class _Inside:
    messages: int = 0
    first_at: int = 0
    name: str = ""
    writers: set[str] = field(default_factory=set)


class Census:
    """Takes messages in the order of their arrival; nothing but counts and samples is kept."""

    def __init__(self, own_domains: Collection[str], people: Iterable[Person], seed: int) -> None:
        self._own = frozenset(own_domains)
        self._people = {person.address: person for person in people}
        self._dice = Dice(seed, "census")
        self._outside: dict[str, _Outside] = defaultdict(_Outside)
        self._inside: dict[str, _Inside] = defaultdict(_Inside)
        self._exchanges: list[Exchange] = []
        self._arrivals: list[int] = []
        self._topics: list[str] = []
        self._company: list[Head] = []
        self._bulk: list[Head] = []
        self._freemail: dict[str, list[Head]] = defaultdict(list)
        self._heads: dict[str, Head] = {}
        self._names: dict[str, str] = {}

    def take(self, message: Message, raw: bytes, at: int) -> None:
        """One message as it arrived at a Unix time."""
        sender = message.sender
        if not sender.domain:
            return
        readers = [box for box in (*message.to, *message.cc) if box.domain]
        for box in (sender, *readers):
            if box.name and "@" not in box.name:
                self._names[box.address] = box.name
        inside = [box for box in readers if self._is_own(box.domain)]
        if self._is_own(sender.domain):
            self._from_inside(message, raw, at, readers)
        elif inside:
            self._from_outside(message, raw, at, inside)

    def _is_own(self, domain: str) -> bool:
        return domain in self._own or registrable(domain) in self._own

    def _from_inside(self, message: Message, raw: bytes, at: int, readers: list[Address]) -> None:
        member = self._inside[message.sender.address]
        member.first_at = member.first_at or at
        member.messages += 1
        for box in readers:
            if self._is_own(box.domain):
                self._inside[box.address].writers.add(message.sender.address)
            else:
                self._outside[box.address].written_to += 1
        if all(self._is_own(box.domain) for box in readers):
            self._heads[message.sender.address] = self._head(message, raw, at)

    def _from_outside(self, message: Message, raw: bytes, at: int, inside: list[Address]) -> None:
        self._arrivals.append(at)
        sender = message.sender
        head = self._head(message, raw, at)
        if any(name in message.headers for name in ("list-unsubscribe", "precedence", "list-id")):
            self._keep(self._bulk, head)
            return
        if sender.address in head.readers:
            return
        provider = registrable(sender.domain) in names("freemail")
        self._keep(self._freemail[sender.domain] if provider else self._company, head)
        outside = self._outside[sender.address]
        outside.messages += 1
        outside.first_at = outside.first_at or at
        outside.readers.update(box.address for box in inside[:3])
        self._heads[sender.address] = head
        subject = _PREFIX.sub("", message.subject).strip()
        if not subject or not message.message_id:
            return
        if len(self._topics) < MAX_TOPICS:
            self._topics.append(subject[:120])
        if len(self._exchanges) < MAX_EXCHANGES:
            references = (*message.references, message.message_id)
            text = message.text[:MAX_TEXT]
            self._exchanges.append(Exchange(at, sender, inside[0], subject, references, text))

    def _head(self, message: Message, raw: bytes, at: int) -> Head:
        shape = "plain" if not message.has_html else "alternative" if message.has_text else "html"
        readers = tuple(box.address for box in (*message.to, *message.cc)[:5])
        return head_of(raw, message.sender, readers, at, shape)

    def _keep(self, heads: list[Head], head: Head) -> None:
        """A uniform sample would need the count; a random replacement is near enough."""
        if len(heads) < MAX_HEADS:
            heads.append(head)
        else:
            heads[self._dice.between(0, MAX_HEADS - 1)] = head

    def counted(self, languages: dict[str, float]) -> OrganisationMail:
        """What was found; ``languages`` are their shares by ISO 639-1."""
        domains = Counter(
            registrable(address.rpartition("@")[2])
            for address, one in self._inside.items()
            for _ in range(one.messages)
        )
        main = max(domains, key=lambda domain: (domains[domain], domain), default="")
        members = sorted(
            (
                Insider(self._box(address), self._department(address), one.first_at)
                for address, one in self._inside.items()
                if one.messages >= MIN_MEMBER_MESSAGES and self._is_person(address)
            ),
            key=lambda member: member.first_at,
        )
        partners = sorted(
            (
                Outsider(
                    self._box(address),
                    tuple(self._box(reader) for reader, _ in one.readers.most_common(8)),
                    one.first_at,
                    one.messages,
                )
                for address, one in self._outside.items()
                if one.messages >= MIN_PARTNER_MESSAGES
                and one.written_to
                and address in self._heads
                and self._is_person(address)
            ),
            key=lambda partner: partner.first_at,
        )
        departments: dict[str, list[Insider]] = defaultdict(list)
        for member in members:
            departments[member.department].append(member)
        return OrganisationMail(
            company_of(Address("", f"@{main}")), self._own, members, self._executives(members),
            partners, self._exchanges, sorted(self._arrivals), self._topics, self._company,
            self._bulk, dict(self._freemail), self._heads, languages, departments,
        )  # fmt: skip

    def _box(self, address: str) -> Address:
        return Address(self._names.get(address) or spoken(address), address)

    def _is_person(self, address: str) -> bool:
        return len(self._box(address).name.split()) > 1 and address.partition("@")[0] not in names(
            "role_locals"
        )

    def _department(self, address: str) -> str:
        person = self._people.get(address)
        said = (person.department if person else "").lower()
        for department, words in _DEPARTMENTS.items():
            if any(said == word or (len(word) > 2 and word in said) for word in words):
                return department
        return ""

    def _executives(self, members: list[Insider]) -> list[Insider]:
        marked = [
            member
            for member in members
            if (person := self._people.get(member.mailbox.address)) and person.vip
        ]
        if marked:
            return marked
        count = max(MIN_EXECUTIVES, round(EXECUTIVES_SHARE * len(members)))
        by_writers = sorted(
            members,
            key=lambda one: (-len(self._inside[one.mailbox.address].writers), one.mailbox.address),
        )
        return by_writers[:count]


def company_of(address: Address) -> str:
    """The company that an address names."""
    label = address.domain.rpartition(".")[0].rpartition(".")[2] or address.domain
    return label.replace("-", " ").title()


def spoken(address: str) -> str:
    """The name that an address spells: ``ann.lee@example.com`` is Ann Lee."""
    words = re.split(r"[._+-]+", address.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word and not word.isdigit())
