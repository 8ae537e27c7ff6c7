"""One person of the organisation's directory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Name and address as in the directory; ``vip`` marks people whom attackers like to imitate."""

    name: str
    address: str
    vip: bool = False
    department: str = ""
