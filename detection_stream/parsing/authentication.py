"""SPF, DKIM, DMARC and ARC results of the receiving side (RFC 8601)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from detection_stream.model.message import Authentication

_MAX_LENGTH = 8_192
_COMMENT = re.compile(r"\([^()]*+\)")
_RESULT = re.compile(r"\s*(spf|dkim|dmarc|arc)\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(
    r"\b(header\.[di]|smtp\.mailfrom|smtp\.helo)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE
)
_RECEIVED_SPF = re.compile(r"\s*([a-z]+)", re.IGNORECASE)
_ENVELOPE = re.compile(r"envelope-from=\"?<?([^\s;\">]+)|\bdomain of (\S+)", re.IGNORECASE)
# Best first: a message that passes at any hop is authenticated.
_ORDER = (
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
_RANK = {word: rank for rank, word in enumerate(_ORDER)}
_UNKNOWN = len(_ORDER)
_NOTHING = Authentication()


def read_authentication(headers: Mapping[str, Sequence[str]]) -> Authentication:
    """The best result of each method over all Authentication-Results headers.

    ARC-Authentication-Results are read if there are no others, Received-SPF if these say
    nothing about SPF.
    """
    values = headers.get("authentication-results") or headers.get("arc-authentication-results")
    received = headers.get("received-spf")
    if not values and not received:
        return _NOTHING
    results, domains, signers = _read_results(values or ())
    if received and not results.get("spf"):
        results["spf"], domains["spf"] = _read_received_spf(received)
    return Authentication(
        spf=results.get("spf", ""),
        dkim=results.get("dkim", ""),
        dmarc=results.get("dmarc", ""),
        arc=results.get("arc", ""),
        spf_domain=domains.get("spf", ""),
        dkim_domains=tuple(signers),
    )


def _read_results(
    values: Iterable[str],
) -> tuple[dict[str, str], dict[str, str], dict[str, None]]:
    """Best result by method, domain by method, and the signing domains."""
    results: dict[str, str] = {}
    domains: dict[str, str] = {}
    signers: dict[str, None] = {}
    for value in values:
        for clause in _without_comments(value[:_MAX_LENGTH]).split(";"):
            match = _RESULT.match(clause)
            if not match:
                continue
            method, word = match[1].lower(), match[2].lower()
            domain = _domain(clause, method)
            if method == "dkim" and word == "pass" and domain:
                signers[domain] = None
            if method not in results or _rank(word) < _rank(results[method]):
                results[method], domains[method] = word, domain
    return results, domains, signers


def _rank(word: str) -> int:
    return _RANK.get(word, _UNKNOWN)


def _without_comments(value: str) -> str:
    # Comments may nest; no server writes more than three levels.
    for _ in range(3):
        if "(" not in value:
            break
        value = _COMMENT.sub(" ", value)
    return value


def _domain(clause: str, method: str) -> str:
    found = {name.lower(): value for name, value in reversed(_PROPERTY.findall(clause))}
    names = ("header.d", "header.i") if method == "dkim" else ("smtp.mailfrom", "smtp.helo")
    value = next((found[name] for name in names if name in found), "")
    return _domain_of(value)


def _domain_of(value: str) -> str:
    return value.rpartition("@")[2].strip("<>.,").lower()


def _read_received_spf(values: Sequence[str]) -> tuple[str, str]:
    best = ("", "")
    for value in values:
        match = _RECEIVED_SPF.match(value)
        if not match:
            continue
        word = match[1].lower()
        if not best[0] or _rank(word) < _rank(best[0]):
            sender = _ENVELOPE.search(value[:_MAX_LENGTH])
            best = (word, _domain_of(sender[1] or sender[2]) if sender else "")
    return best
