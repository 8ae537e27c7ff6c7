"""Topologies: read one file and see the flow."""

from __future__ import annotations

from detection_stream.errors import InputError
from detection_stream.model.signature import NO_KEYS, OperatorKeys
from detection_stream.runtime.blueprint import Blueprint, Build
from topologies import message_detection

TOPOLOGIES: dict[str, Build] = {
    "message-detection": message_detection.build,
}
"""Every topology by name, built from a partition count, a prefix and a state version."""
MAIL = "message-detection"
"""The topology for mail."""


def blueprint(
    name: str = MAIL, prefix: str = "", version: int = 1, keys: OperatorKeys = NO_KEYS
) -> Blueprint:
    """The blueprint of the topology of that name.

    Raises:
        InputError: there is none.
    """
    if name not in TOPOLOGIES:
        known = ", ".join(TOPOLOGIES)
        raise InputError(f"--topology {name}: unknown topology; known: {known}")
    return Blueprint(TOPOLOGIES[name], prefix, version, keys)


def blueprints(prefix: str = "", version: int = 1) -> list[Blueprint]:
    """The blueprint of each topology."""
    return [blueprint(name, prefix, version) for name in TOPOLOGIES]
