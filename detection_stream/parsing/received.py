"""The route of a message, from its Received headers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

from detection_stream.model.message import Hop
from detection_stream.parsing import limits

_MAX_LENGTH = 2_048
_FROM = re.compile(r"\s*from\s+([^\s;()]+)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"[\[(\s](?:IPv6:)?([0-9a-f]{0,4}[.:][0-9a-f.:]{2,43})[\])\s%]", re.IGNORECASE
)


def read_hops(values: Sequence[str]) -> tuple[Hop, ...]:
    """One :class:`Hop` for each Received header, in the headers' order (newest first)."""
    return tuple(_hop(value[:_MAX_LENGTH]) for value in values[: limits.MAX_HOPS])


def _hop(value: str) -> Hop:
    match = _FROM.match(value)
    if not match:
        return Hop("", "")
    host = match[1]
    by = value.find(" by ", match.end())
    # The connection's address is in the comment; an address literal given as a name is only what
    # the sending side claims.
    comment = value[match.end() : by if by >= 0 else None]
    address = _first_address(f" {comment} ") or _first_address(f" {host} ")
    return Hop(host.strip("[]").lower(), address)


def _first_address(text: str) -> str:
    for candidate in _ADDRESS.findall(text):
        if address := _address(candidate):
            return address
    return ""


@lru_cache(maxsize=8_192)
def _address(candidate: str) -> str:
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return ""
