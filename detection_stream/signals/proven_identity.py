"""Who a message is from, as far as the tenant's own receiving side has proven it.

A sender writes every field of a message but those that the tenant's hosts put above them. So
results count only where these hosts write theirs (:func:`believed`), and an own domain in From
makes a message *inside* only with proof or by an internal path (:func:`came_inside`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan, nan

from detection_stream.model.message import Hop, Message, ReportedResults
from detection_stream.model.reception import Reception
from detection_stream.parsing.domains import is_ip, registrable, within
from detection_stream.short_cache import short_cache

# Best first: a pass at any of the tenant's own hosts counts.
_RANK = {
    word: rank
    for rank, word in enumerate(
        (
            "pass",
            "bestguesspass",
            "neutral",
            "policy",
            "none",
            "softfail",
            "temperror",
            "permerror",
            "fail",
        )
    )
}
_AUTHENTICATED_SUBMISSION = frozenset({"esmtpa", "esmtpsa", "lmtpa", "lmtpsa", "utf8smtpsa"})
"""Protocols of a client that has signed in (RFC 3848, RFC 6531)."""

_WEB_SUBMISSION = frozenset({"http", "https"})
"""Protocols of a client that has signed in to a mail server's web interface."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """The results that count for a message: the best one of each method, empty without one.

    ``dkim_domains`` are those with a valid signature. All domains are lower case.
    """

    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    arc: str = ""
    spf_domain: str = ""
    dmarc_domain: str = ""
    dkim_domains: tuple[str, ...] = ()


NO_RESULTS = Authentication()


@dataclass(frozen=True, slots=True)
class Path:
    """How a message came in, as far as the receiving side's own Received fields tell.

    ``border`` counts those above the first one that took the message from a foreign host, and so
    how many Received fields at most stand above what the tenant's hosts wrote. ``kind`` is
    ``internal`` (never foreign, or a signed-in client), ``foreign``, or ``unknown`` without any.
    """

    border: int
    kind: str
    peer: str


def path_of(message: Message, own_domains: frozenset[str], reception: Reception) -> Path:
    """The path of a message; ``peer`` is the foreign host, by verified name or by address."""
    hops = message.hops
    if not hops:
        return Path(0, "unknown", "")
    kind = "internal"
    for border, hop in enumerate(hops):
        if _is_local(hop, own_domains):
            continue
        peer = hop.verified or ("" if hop.claimed else hop.address)
        if hop.protocol in _AUTHENTICATED_SUBMISSION or _names(peer, reception.internal_hosts):
            return Path(border, kind, peer)
        if not _is_one_provider(hop):
            # Relays speak SMTP; what came over HTTP was written in a web or mobile client.
            client = hop.protocol in _WEB_SUBMISSION and registrable(hop.host) != registrable(
                hop.by
            )
            return Path(border, kind if client else "foreign", peer)
        # A large provider's own relays have public addresses; that proves nothing by itself.
        kind = "foreign"
    return Path(len(hops), kind, "")


def _is_local(hop: Hop, own_domains: frozenset[str]) -> bool:
    if not hop.host or hop.protocol == "mapi":
        return True
    if hop.address and not hop.claimed and _is_private(hop.address):
        return True
    return bool(hop.verified) and within(hop.verified, own_domains)


# Microsoft 365 hands mail on within this network (its published ranges, 2603:1000::/24).
_RELAYS = {"outlook.com": ipaddress.ip_network("2603:1000::/24")}


def _is_one_provider(hop: Hop) -> bool:
    """Whether a provider handed the message on within its own network, whatever the name given."""
    network = _RELAYS.get(registrable(hop.by))
    if network is None or hop.claimed or not hop.address:
        return False
    return ipaddress.ip_address(hop.address) in network and registrable(hop.host) in _RELAYS


def _names(peer: str, hosts: frozenset[str]) -> bool:
    return bool(peer) and bool(hosts) and (peer in hosts or registrable(peer) in hosts)


# Not those for examples and benchmarks, which Python counts as private as well.
_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)


@short_cache(8_192)
def _is_private(address: str) -> bool:
    """Whether an address is of a local network (RFC 1918, 3927, 4193, 4291)."""
    found = ipaddress.ip_address(address)
    return any(found in network for network in _PRIVATE)


def network_of(peer: str) -> str:
    """The registrable domain of a host name, or the /24 or /48 of an address."""
    if not is_ip(peer):
        return registrable(peer)
    prefix = 48 if ":" in peer else 24
    return str(ipaddress.ip_network(f"{peer}/{prefix}", strict=False))


def believed(message: Message, path: Path, reception: Reception) -> Authentication:
    """The results that the tenant's own receiving hosts wrote.

    They stand above the Received field by which the message came in, or directly below it; there
    only the first can be theirs. Known authserv-ids exclude all others.
    """
    return counted(message, written_inside(message, path, reception), reception)


def counted(
    message: Message, written: Sequence[ReportedResults], reception: Reception
) -> Authentication:
    """What the fields ``written_inside`` say together."""
    if not written:
        return NO_RESULTS
    found = _best(written)
    if found.arc == "pass" and reception.arc_sealers:
        found = _best([*written, *_forwarded(message, reception)])
    return found


def written_inside(message: Message, path: Path, reception: Reception) -> list[ReportedResults]:
    """The fields with results that the tenant's own hosts wrote.

    Received-SPF is among them only where no Authentication-Results field speaks of SPF.
    """
    if not message.results:
        return []
    results = _of_field(message, path, reception, "authentication-results")
    if any(found.method == "spf" for one in results for found in one.methods):
        return results
    return results + _of_field(message, path, reception, "received-spf")


def _of_field(
    message: Message, path: Path, reception: Reception, field: str
) -> list[ReportedResults]:
    known = reception.authserv_ids
    written = [
        one
        for one in message.results
        if one.field == field and (not known or one.server in known or _unnamed(one, known))
    ]
    above = [one for one in written if one.below <= path.border]
    if above or not written or not reception.results_below:
        return above
    first = written[0]
    return [first] if first.below == path.border + 1 else []


def _unnamed(one: ReportedResults, known: frozenset[str]) -> bool:
    """Some hosts leave their name out; Received-SPF rarely has one."""
    return not one.server and ("" in known or one.field == "received-spf")


def _forwarded(message: Message, reception: Reception) -> list[ReportedResults]:
    """The ARC results of the newest set whose sealer is believed."""
    sets = [one for one in message.results if one.field == "arc-authentication-results"]
    for one in sorted(sets, key=lambda found: -found.instance):
        if registrable(message.arc_sealers.get(one.instance, "")) in reception.arc_sealers:
            return [one]
    return []


def _best(results: Iterable[ReportedResults]) -> Authentication:
    best: dict[str, str] = {}
    domains: dict[str, str] = {}
    signers: dict[str, None] = {}
    for one in results:
        for found in one.methods:
            if found.method == "dkim" and found.result == "pass" and found.domain:
                signers[found.domain] = None
            known = best.get(found.method)
            if known is None or _rank(found.result) < _rank(known):
                best[found.method], domains[found.method] = found.result, found.domain
    return Authentication(
        spf=best.get("spf", ""),
        dkim=best.get("dkim", ""),
        dmarc=best.get("dmarc", ""),
        arc=best.get("arc", ""),
        spf_domain=domains.get("spf", ""),
        dmarc_domain=domains.get("dmarc", ""),
        dkim_domains=tuple(signers),
    )


def _rank(word: str) -> int:
    return _RANK.get(word, len(_RANK))


def proof(results: Authentication, domain: str) -> float:
    """1 if results prove the registrable ``domain`` of From, 0 if they refute it, NaN if neither.

    A DMARC result counts only for the domain that it names.
    """
    if not domain:
        return nan
    checked = not results.dmarc_domain or registrable(results.dmarc_domain) == domain
    if (
        (checked and results.dmarc == "pass")
        or (results.dkim == "pass" and domain in map(registrable, results.dkim_domains))
        or (results.spf == "pass" and registrable(results.spf_domain) == domain)
    ):
        return 1.0
    failed = results.spf in {"fail", "softfail"} and results.dkim != "pass"
    return 0.0 if failed or (checked and results.dmarc == "fail") else nan


def came_inside(path: Path, proven: float, results: Authentication, reception: Reception) -> bool:
    """Whether a message with an own domain in From is really from inside.

    Without proof it is if it came by an internal path. Where nothing is recorded that could prove
    it (an archive without Received fields, a tenant whose hosts check nothing), the claim counts.
    """
    if proven == 1.0:
        return True
    if not isnan(proven):
        return False
    if path.kind == "internal" or reception.results == "never":
        return True
    return path.kind == "unknown" and results == NO_RESULTS and reception.results != "usual"


def delivering_domain(results: Authentication) -> str:
    """The registrable domain proven to have sent the message, whatever From says; empty if none."""
    if results.dkim == "pass" and results.dkim_domains:
        return registrable(results.dkim_domains[0])
    return registrable(results.spf_domain) if results.spf == "pass" else ""
