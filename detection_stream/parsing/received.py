"""The route of a message, from its Received headers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from detection_stream.model.message import Hop
from detection_stream.parsing import limits
from detection_stream.short_cache import short_cache

_MAX_LENGTH = 2_048
_FROM = re.compile(r"\s*from\s+([^\s;()]+)", re.IGNORECASE)
_BY = re.compile(r"\sby\s+([^\s;()]+)", re.IGNORECASE)
_WITH = re.compile(r"\swith\s+([^\s;()]+)", re.IGNORECASE)
_VERIFIED = re.compile(r"\(\s*([^\s()\[\]=]+\.[^\s()\[\]=]+)\s*\[")
_ADDRESS = re.compile(r"[\[(\s](?:ipv6:)?([0-9a-f]{0,4}[.:][0-9a-f.:]{2,43})[\])\s%]")


def read_hops(values: Sequence[str]) -> tuple[Hop, ...]:
    """One :class:`Hop` for each Received header, in the headers' order (newest first)."""
    return tuple([_hop(value[:_MAX_LENGTH]) for value in values[: limits.MAX_HOPS]])


def _hop(value: str) -> Hop:
    match = _FROM.match(value)
    if match is None:
        value = f" {value}"
    start = match.end() if match else 0
    by = _BY.search(value, start)
    end = by.start() if by else len(value)
    server = by[1].strip("[]").lower() if by else ""
    protocol = _WITH.search(value, by.end()) if by else None
    how = protocol[1].lower() if protocol else ""
    if not match:
        return Hop("", "", by=server, protocol=how)
    host = match[1]
    # The connection's address is in the comment; an address literal given as a name is only what
    # the sending side claims.
    comment = value[start:end].lower()
    address = _first_address(f" {comment} ")
    claimed = not address
    if claimed:
        address = _first_address(f" {host.lower()} ")
        # Exim writes the literal itself, and what the sending side claims as helo.
        claimed = "helo=" not in comment
    verified = _VERIFIED.search(comment) if "may be forged" not in comment else None
    name = verified[1] if verified else ""
    return Hop(host.strip("[]").lower(), address, name.rstrip("."), server, how, claimed)


def _first_address(text: str) -> str:
    for candidate in _ADDRESS.findall(text):
        if address := _address(candidate):
            return address
    return ""


@short_cache(8_192)
def _address(candidate: str) -> str:
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return ""
