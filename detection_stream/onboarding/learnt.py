"""Learns about an organisation from the verdicts and signals of its history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from detection_stream.model.person import Person
from detection_stream.parsing.domains import registrable
from detection_stream.signals.lists import names

MIN_PERSON_MESSAGES = 3
"""Minimum messages written by a person of the organisation."""
MIN_VENDOR_MESSAGES = 3
"""Minimum non-bulk messages from a vendor."""
MIN_BULK_MESSAGES, MIN_BULK_SHARE = 5, 0.8
"""Minimum messages of a bulk sender, and minimum share of them marked as bulk."""
WORKING_HOURS_SHARE = 0.8
"""Share of the organisation's messages within working hours."""

Event = Mapping[str, Any]


@dataclass(slots=True)
class _AddressCounts:
    """Counts for an address of the organisation: names used and messages written."""

    names: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    automatic: int = 0


@dataclass(slots=True)
class _DomainCounts:
    """Counts for an external domain: messages from it, bulk ones, messages to it, its days."""

    messages: int = 0
    bulk: int = 0
    written_to: int = 0
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """One message: time (milliseconds since 1970), probability of harm, detectors that fired.

    ``known`` says whether the sender's domain was known, None for internal mail.
    """

    uid: str
    message_id: str
    at: int
    score: float
    detectors: tuple[str, ...]
    known: bool | None


class Learner:
    """Takes verdicts with their attributions, in any order; the last revision of a uid counts."""

    def __init__(self) -> None:
        self.judged: dict[str, Judged] = {}
        self._revisions: dict[str, int] = {}
        self._addresses: dict[str, _AddressCounts] = defaultdict(_AddressCounts)
        self._domains: dict[str, _DomainCounts] = defaultdict(_DomainCounts)
        self._hours = [0] * 24
        self._weekend = 0

    def take(self, verdict: Event, attribution: Event) -> None:
        """One verdict and its attribution, as in their topics."""
        uid, signals = verdict["uid"], attribution["signals"]
        known_before = uid in self._revisions
        if verdict["revision"] <= self._revisions.get(uid, 0):
            return
        self._revisions[uid] = verdict["revision"]
        moment = datetime.fromisoformat(verdict["received_at"])
        at = int(moment.timestamp() * 1_000)
        inbound = verdict["direction"] == "inbound"
        self.judged[uid] = Judged(
            uid,
            verdict["message_id"],
            at,
            verdict["score"],
            tuple(one["id"] for one in attribution["detectors"] if one["hit"]),
            bool(signals.get("domain.known")) if inbound else None,
        )
        if known_before:
            return
        automatic = bool(signals.get("message.bulk") or signals.get("message.auto_generated"))
        if inbound:
            self._outside(verdict, at, automatic)
        else:
            self._inside(verdict, moment, automatic)

    def judge_again(self, scores: Mapping[str, float]) -> None:
        """Take other scores, by uid; messages without one keep theirs."""
        for uid, score in scores.items():
            if uid in self.judged:
                self.judged[uid] = replace(self.judged[uid], score=score)

    def _outside(self, verdict: Event, at: int, bulk: bool) -> None:
        domain = self._domains[registrable(verdict["sender"].rpartition("@")[2])]
        domain.messages += 1
        domain.bulk += bulk
        domain.first = min(domain.first or at, at)
        domain.last = max(domain.last, at)

    def _inside(self, verdict: Event, moment: datetime, automatic: bool) -> None:
        address = self._addresses[verdict["sender"]]
        address.messages += 1
        address.automatic += automatic
        address.names[verdict["sender_name"].strip(" '\"")] += 1
        self._hours[moment.hour] += 1
        self._weekend += moment.weekday() >= 5
        for domain in {registrable(a.rpartition("@")[2]) for a in verdict["recipients"]}:
            self._domains[domain].written_to += 1

    def people(self) -> list[Person]:
        """People of the organisation: they write by hand, with a name of several words."""
        found = []
        for address, seen in self._addresses.items():
            named = [name for name, _ in seen.names.most_common() if len(name.split()) > 1]
            by_hand = seen.messages - seen.automatic
            role = address.partition("@")[0] in names("role_locals")
            if named and not role and "@" not in named[0] and by_hand >= MIN_PERSON_MESSAGES:
                found.append((by_hand, Person(named[0], address)))
        return [person for _, person in sorted(found, key=lambda one: (-one[0], one[1].address))]

    def vendors(self, own_domains: frozenset[str]) -> list[dict[str, Any]]:
        """Domains that write by hand and get answers, most messages first."""
        return [
            {
                "domain": name,
                "messages": domain.messages,
                "written_to": domain.written_to,
                "days": (domain.last - domain.first) // 86_400_000,
            }
            for name, domain in self._by_messages(own_domains)
            if domain.written_to
            and domain.messages - domain.bulk >= MIN_VENDOR_MESSAGES
            and name not in names("freemail")
        ]

    def bulk_senders(self, own_domains: frozenset[str]) -> list[dict[str, Any]]:
        """Domains that send bulk mail and that nobody writes to."""
        return [
            {"domain": name, "messages": domain.messages}
            for name, domain in self._by_messages(own_domains)
            if not domain.written_to
            and domain.messages >= MIN_BULK_MESSAGES
            and domain.bulk >= MIN_BULK_SHARE * domain.messages
        ]

    def hours(self) -> dict[str, Any]:
        """When the organisation writes: the shortest span of hours (UTC) with most of its mail."""
        total = sum(self._hours)
        if not total:
            return {}
        for length in range(1, 25):
            spans = [sum(self._hours[(h + n) % 24] for n in range(length)) for h in range(24)]
            if max(spans) >= WORKING_HOURS_SHARE * total:
                start = spans.index(max(spans))
                break
        return {
            "from_utc": start,
            "until_utc": (start + length) % 24,
            "weekend_share": round(self._weekend / total, 3),
            "messages_by_hour": list(self._hours),
        }

    def _by_messages(self, own_domains: frozenset[str]) -> list[tuple[str, _DomainCounts]]:
        outside = [(n, d) for n, d in self._domains.items() if n and n not in own_domains]
        return sorted(outside, key=lambda one: (-one[1].messages, one[0]))
