"""Finds how a tenant's mail comes in from a sample of it: who writes its results, and where.

Anybody can write results into a mail, so a name is learnt by where it stands. Above the Received
field by which a mail came in only the tenant's own hosts can write. Directly below it the
sender's last host may have written as well; a name counts there only if much of the mail has it,
from whichever network it comes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isnan

from detection_stream.model.message import Message, ReportedResults
from detection_stream.model.reception import UNKNOWN_RECEPTION, Reception
from detection_stream.parsing.domains import registrable, within
from detection_stream.parsing.identity import parse_date
from detection_stream.signals.proven_identity import Path, believed, network_of, path_of, proof

MAX_SAMPLE_MESSAGES = 2_000
"""Messages to look at: enough for shares of 1 %, and parsed in about a second."""
MIN_INBOUND_MESSAGES = 100
"""Minimum inbound messages; fewer tell nothing about shares."""
MIN_ABOVE_MESSAGES = 5
"""Minimum inbound messages with a name above the border, where only own hosts write."""
MIN_ABOVE_SHARE = 0.02
"""Minimum share of inbound messages with such a name: below it, a mistake or a former host."""
MIN_BELOW_SHARE = 0.2
"""Minimum share of inbound messages with a name below the border, where senders can write, too.
It must hold without the name's commonest network as well: forwarders write there."""
USUAL_SHARE = 0.8
"""Minimum share of inbound messages with believed results to call them usual."""
NEVER_SHARE = 0.01
"""Share of inbound messages with results below which there are never any."""

MIN_HOST_MESSAGES = 20
"""Minimum messages from an internal host with an own domain in From."""
MIN_HOST_DAYS = 10
"""Minimum days on which they came."""
MIN_HOST_SPAN_DAYS = 28
"""Minimum days from the first to the last of them: campaigns are shorter."""
MIN_HOST_SHARE = 0.02
"""Minimum share of all messages with an own domain in From."""
MIN_HOST_OWN_SHARE = 0.9
"""Minimum share of the host's messages with an own domain in From: it serves nobody else."""

_MS_PER_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Names in the results of an inbound message, by place; None where SPF names no host."""

    network: str
    above: frozenset[str | None]
    below: frozenset[str | None]


@dataclass(slots=True)
class _Sample:
    """What a sample holds; ``claims`` came from a foreign host with an own domain in From."""

    inbound: list[_Arrival] = field(default_factory=list)
    claims: list[tuple[Message, Path]] = field(default_factory=list)
    own: int = 0
    foreign_by_peer: Counter[str] = field(default_factory=Counter)


def find_reception(
    messages: Iterable[Message],
    own_domains: frozenset[str],
    authserv_ids: frozenset[str] | None = None,
) -> Reception:
    """The reception of a tenant, from a sample of its mail; only its headers are looked at.

    ``authserv_ids`` are the names to look for, where they are known. ``results`` stays unknown
    in small samples. ``arc_sealers`` are never found: whom to trust is the tenant's choice.
    """
    sample = _Sample()
    for message in messages:
        _add(sample, message, own_domains)
    found = _results(sample.inbound, authserv_ids)
    hosts = frozenset[str]() if found.results == "never" else _internal_hosts(sample, found)
    return Reception(found.authserv_ids, found.results, found.results_below, internal_hosts=hosts)


def _add(sample: _Sample, message: Message, own_domains: frozenset[str]) -> None:
    domain = message.sender.domain
    if not domain:
        return
    path = path_of(message, own_domains, UNKNOWN_RECEPTION)
    if not within(domain, own_domains):
        # Nobody checks mail of one's own hosts, whatever name they use.
        if path.kind != "internal":
            sample.inbound.append(_arrival(message, path))
            sample.foreign_by_peer[path.peer] += 1
        return
    sample.own += 1
    if path.kind == "foreign" and path.peer:
        sample.claims.append((message, path))


def _arrival(message: Message, path: Path) -> _Arrival:
    network = network_of(path.peer or registrable(message.sender.domain))
    above, below = set[str | None](), set[str | None]()
    for name in ("authentication-results", "received-spf"):
        fields = [one for one in message.results if one.field == name and _says_something(one)]
        # Without Received fields nothing tells who wrote what.
        top = [one for one in fields if one.below <= path.border and path.kind != "unknown"]
        above |= set(map(_name, top))
        first = next(iter(fields), None)
        if not top and first and first.below <= path.border + 1:
            below.add(_name(first))
    return _Arrival(network, frozenset(above), frozenset(below))


def _says_something(one: ReportedResults) -> bool:
    return any(found.method in {"spf", "dkim", "dmarc"} for found in one.methods)


def _name(one: ReportedResults) -> str | None:
    return None if one.field == "received-spf" and not one.server else one.server


def _results(inbound: Sequence[_Arrival], given: frozenset[str] | None) -> Reception:
    total = len(inbound)
    if total < MIN_INBOUND_MESSAGES:
        return Reception(given or frozenset())
    above = _names_above(inbound)
    below = _names_below([one for one in inbound if not one.above & above])
    if given is not None:
        seen = {name for one in inbound for name in one.below if not one.above & given}
        above, below = frozenset(given), given & seen
    carried = sum(bool(one.above & above or one.below & below) for one in inbound)
    anywhere = sum(bool(one.above or one.below) for one in inbound)
    if carried >= USUAL_SHARE * total:
        results = "usual"
    else:
        results = "never" if anywhere < NEVER_SHARE * total else ""
    ids = frozenset(name for name in above | below if name is not None)
    return Reception(ids, results, bool(below))


def _names_above(inbound: Sequence[_Arrival]) -> frozenset[str | None]:
    counts = Counter(name for one in inbound for name in one.above)
    least = max(MIN_ABOVE_MESSAGES, MIN_ABOVE_SHARE * len(inbound))
    return frozenset(name for name, count in counts.items() if count >= least)


def _names_below(inbound: Sequence[_Arrival]) -> frozenset[str | None]:
    """Names below the border in mail from everywhere."""
    total = len(inbound)
    if total < MIN_INBOUND_MESSAGES:
        return frozenset()
    networks = Counter(one.network for one in inbound)
    counts: dict[str | None, Counter[str]] = defaultdict(Counter)
    for one in inbound:
        for name in one.below:
            counts[name][one.network] += 1
    found = set[str | None]()
    for name, by_network in counts.items():
        commonest, most = by_network.most_common(1)[0]
        count = by_network.total()
        others, elsewhere = total - networks[commonest], count - most
        if count >= MIN_BELOW_SHARE * total and elsewhere >= max(1, MIN_BELOW_SHARE * others):
            found.add(name)
    return frozenset(found)


def _internal_hosts(sample: _Sample, reception: Reception) -> frozenset[str]:
    """Foreign hosts that regularly send mail of the organisation, and hardly any other."""
    days: dict[str, list[int]] = defaultdict(list)
    refuted = set[str]()
    for message, path in sample.claims:
        results = believed(message, path, reception)
        proven = proof(results, registrable(message.sender.domain))
        if proven == 0.0:
            refuted.add(path.peer)
        elif isnan(proven) and (day := _day(message)) is not None:
            days[path.peer].append(day)
    least = max(MIN_HOST_MESSAGES, MIN_HOST_SHARE * sample.own)
    return frozenset(
        peer
        for peer, found in days.items()
        if peer not in refuted
        and len(found) >= least
        and len(set(found)) >= MIN_HOST_DAYS
        and max(found) - min(found) >= MIN_HOST_SPAN_DAYS
        and len(found) >= MIN_HOST_OWN_SHARE * (len(found) + sample.foreign_by_peer[peer])
    )


def _day(message: Message) -> int | None:
    """The day of arrival, by the top Received field; None if unknown."""
    received = message.headers.get("received", ("",))[0]
    at = parse_date(received.rpartition(";")[2].encode("utf-8", "replace"))
    return None if at is None else at // _MS_PER_DAY
