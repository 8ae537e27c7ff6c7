"""Topologies: read one file and see the flow."""

from __future__ import annotations

from collections.abc import Callable

from detection_stream.errors import InputError
from detection_stream.runtime.topology import Topology
from topologies import message_detection

TOPOLOGIES: dict[str, Callable[[int, str, int], Topology]] = {
    "message-detection": message_detection.build,
}
"""Every topology by name, made from a partition count, a prefix and a version of the state."""


def check_name(name: str) -> None:
    """Raise InputError when there is no topology of that name."""
    if name not in TOPOLOGIES:
        known = ", ".join(TOPOLOGIES)
        raise InputError(f"--topology {name}: there is none of that name; known: {known}")
