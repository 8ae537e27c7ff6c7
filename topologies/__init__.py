"""Topologies: read one file and see the flow."""

from __future__ import annotations

from detection_stream.errors import InputError
from detection_stream.runtime.topology import Blueprint, Build
from topologies import message_detection

TOPOLOGIES: dict[str, Build] = {
    "message-detection": message_detection.build,
}
"""Every topology by name, made from a partition count, a prefix and a version of the state."""
MAIL = "message-detection"
"""The topology that mail goes through."""


def blueprint(name: str = MAIL, prefix: str = "", version: int = 1) -> Blueprint:
    """How the topology of that name is made.

    Raises:
        InputError: there is none.
    """
    if name not in TOPOLOGIES:
        known = ", ".join(TOPOLOGIES)
        raise InputError(f"--topology {name}: there is none of that name; known: {known}")
    return Blueprint(TOPOLOGIES[name], prefix, version)


def blueprints(prefix: str = "", version: int = 1) -> list[Blueprint]:
    """How each topology is made."""
    return [blueprint(name, prefix, version) for name in TOPOLOGIES]
