"""Registrable domains, from the public suffix list in publicsuffixlist."""

from __future__ import annotations

import ipaddress
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from detection_stream.short_cache import short_cache


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@short_cache(65_536)
def registrable(host: str) -> str:
    """The registrable domain: one label below the public suffix; IP addresses unchanged.

    A host that is a public suffix or not a domain is returned unchanged.
    """
    if is_ip(host):
        return host
    return str(_suffixes().privatesuffix(host) or host)


@cache
def _assigned() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


@short_cache(65_536)
def is_public(host: str) -> bool:
    """Whether the host is below a public suffix that a registry gives names under."""
    return _assigned().privatesuffix(host) is not None


def in_ascii(domain: str) -> str:
    """The ASCII form of a domain in other letters (RFC 5890); unchanged if it has none."""
    try:
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return domain


@short_cache(65_536)
def label(domain: str) -> str:
    """The label of a registrable domain that its owner chose: ``example`` of ``example.co.uk``."""
    return registrable(domain).partition(".")[0]


@short_cache(65_536)
def is_ip(host: str) -> bool:
    """Whether the host is an IPv4 or IPv6 address (in brackets or not)."""
    if not host or not (host[-1].isdigit() or ":" in host):
        return False
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def within(host: str, domains: frozenset[str]) -> bool:
    """Whether the host is one of the domains or below one."""
    if host in domains:
        return True
    while "." in host:
        host = host.partition(".")[2]
        if host in domains:
            return True
    return False
