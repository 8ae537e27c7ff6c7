"""How a tenant's mail comes in, and so which of its headers can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import orjson

from detection_stream.errors import MessageError

RESULTS = ("", "usual", "never")
"""Whether mail from outside carries authentication results: unknown, nearly always, never."""


@dataclass(frozen=True, slots=True)
class Reception:
    """The receiving side of a tenant.

    ``authserv_ids`` are the names under which its receiving hosts write authentication results
    (RFC 8601); none means that they are not known. ``results`` is one of ``RESULTS``;
    ``results_below`` says that a host may write its results below its own Received header.
    ``arc_sealers`` are the signing domains of forwarders whose ARC results are believed.
    ``internal_hosts`` are sending hosts (names, domains or addresses) that the organisation's own
    mail comes from without proof. All names are lower case.
    """

    authserv_ids: frozenset[str] = frozenset()
    results: str = ""
    results_below: bool = True
    arc_sealers: frozenset[str] = frozenset()
    internal_hosts: frozenset[str] = frozenset()

    def described(self) -> dict[str, Any]:
        """As an object of JSON, without defaults."""
        usual = Reception()
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in found.items()
            if value != getattr(usual, name)
        }

    def encode(self) -> str:
        """Encode as JSON, without defaults; empty if all are defaults."""
        found = self.described()
        return orjson.dumps(found).decode() if found else ""

    @staticmethod
    @lru_cache(maxsize=4_096)
    def decode(text: str) -> Reception:
        """Decode the output of ``encode``.

        Raises:
            MessageError: it is not the description of a reception.
        """
        return reception_of(orjson.loads(text)) if text else Reception()


UNKNOWN_RECEPTION = Reception()
"""What is believed of a tenant whose receiving side is not known."""


def reception_of(found: Mapping[str, Any]) -> Reception:
    """The reverse of ``Reception.described``.

    Raises:
        MessageError: it is not the description of a reception.
    """
    usual = UNKNOWN_RECEPTION
    given: dict[str, Any] = {}
    try:
        for name, value in found.items():
            known = getattr(usual, name)
            given[name] = frozenset(map(_lowered, value)) if isinstance(known, frozenset) else value
    except (AttributeError, TypeError) as error:
        raise MessageError(f"not the reception of a tenant: {error!r}") from error
    result = Reception(**given)
    if result.results not in RESULTS or not isinstance(result.results_below, bool):
        raise MessageError(f"not the reception of a tenant: {found!r}")
    return result


def _lowered(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is not a name")
    return name.lower()
