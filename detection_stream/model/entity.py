"""How entities are named."""

from __future__ import annotations


def entity_key(tenant: str, value: str) -> bytes:
    """Key of an entity in the table of its kind; starts with the tenant."""
    return f"{tenant}\0{value}".encode()


def pair_value(sender: str, recipient: str) -> tuple[str, int]:
    """Name of a pair, independent of direction, and the side (0 or 1) that wrote."""
    if sender <= recipient:
        return f"{sender} {recipient}", 0
    return f"{recipient} {sender}", 1


def tenant_of(key: bytes) -> str:
    """The tenant of an entity's key."""
    return key.partition(b"\0")[0].decode()
