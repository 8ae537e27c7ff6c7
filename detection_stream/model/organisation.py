"""The organisation that mail is fed for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detection_stream.model.person import Person


@dataclass(frozen=True, slots=True)
class Organisation:
    """A tenant with its own domains and the people in its directory."""

    tenant: str
    own_domains: frozenset[str]
    people: Sequence[Person]
