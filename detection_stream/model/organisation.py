"""The organisation that mail is fed for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detection_stream.model.person import Person
from detection_stream.model.reception import UNKNOWN_RECEPTION, Reception


@dataclass(frozen=True, slots=True)
class Organisation:
    """A tenant with its own domains, the people in its directory, and how its mail comes in.

    ``journal`` says that its journal reports come from its own mail system, whatever way.
    """

    tenant: str
    own_domains: frozenset[str]
    people: Sequence[Person] = ()
    reception: Reception = UNKNOWN_RECEPTION
    journal: bool = False
