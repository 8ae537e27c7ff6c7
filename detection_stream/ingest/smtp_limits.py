"""What SMTP clients may take: connections and memory, each peer's and everybody's."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

from detection_stream.errors import InputError
from detection_stream.runtime.open_connections import OpenConnections

MAX_CONNECTIONS = 200
"""Connections at once; a journal needs few."""
MAX_PEER_CONNECTIONS = 50
"""Connections at once of one peer, so that one cannot lock out the others."""
MAX_HELD_BYTES = 256 << 20
"""Bytes of messages in memory over all connections, until they are stored: five of the largest.

Joining the pieces of a message takes as much again for a moment, one message at a time.
"""
MAX_PEER_HELD_BYTES = 128 << 20
"""The share of one peer in ``MAX_HELD_BYTES``."""

PeerNetwork = IPv4Network | IPv6Network


def networks(values: Sequence[str]) -> tuple[PeerNetwork, ...]:
    """Peers as addresses or networks (CIDR), commas allowed.

    Raises:
        InputError: one is neither.
    """
    found: list[PeerNetwork] = []
    for part in (part.strip() for value in values for part in value.split(",")):
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError as error:
            raise InputError(
                f"--allow {part}: {error}; use addresses or networks like 192.0.2.0/24"
            ) from error
    return tuple(found)


def address_of(peer: Any) -> IPv4Address | IPv6Address | None:
    """The address of a socket's peer; None if it has none."""
    try:
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    except (TypeError, IndexError, ValueError):
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _name(address: IPv4Address | IPv6Address | None) -> str:
    """Who shares a limit: an IPv4 address, or the IPv6 network that one customer gets."""
    if isinstance(address, IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class SmtpLimits:
    """Counts connections and held bytes."""

    def __init__(self, allowed: Sequence[PeerNetwork] = ()) -> None:
        self._allowed = tuple(allowed)
        self._open = OpenConnections()
        self._held: Counter[str] = Counter()

    def enter(self, peer: Any) -> str:
        """Count a connection; returns the refusal, empty if it is let in."""
        address = address_of(peer)
        if self._allowed and not (address and any(address in one for one in self._allowed)):
            return "554 5.7.1 This address may not send here"
        if self._open.enter(_name(address), MAX_CONNECTIONS, MAX_PEER_CONNECTIONS):
            return ""
        return "421 4.7.0 Too many connections, try again later"

    def leave(self, peer: Any) -> None:
        """Count the end of a connection that was let in."""
        self._open.leave(_name(address_of(peer)))

    @property
    def held(self) -> int:
        """Bytes of messages in memory."""
        return self._held.total()

    @contextmanager
    def holding(self, peer: Any) -> Iterator[HeldBytes]:
        """The bytes of one message, given back at the end."""
        held = HeldBytes(self._held, _name(address_of(peer)))
        try:
            yield held
        finally:
            held.give_back()


class HeldBytes:
    """Bytes of one message in memory."""

    def __init__(self, held: Counter[str], name: str) -> None:
        self._held = held
        self._name = name
        self._count = 0

    def take(self, count: int) -> bool:
        """Take as many more; False if there is no room."""
        if (
            self._held.total() + count > MAX_HELD_BYTES
            or self._held[self._name] + count > MAX_PEER_HELD_BYTES
        ):
            return False
        self._held[self._name] += count
        self._count += count
        return True

    def give_back(self) -> None:
        """Give all of it back."""
        self._held[self._name] -= self._count
        self._count = 0
        if not self._held[self._name]:
            del self._held[self._name]
