"""One person of the organisation's directory."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Person:
    """Name and address as in the directory; ``vip`` marks likely targets of impersonation."""

    name: str
    address: str
    vip: bool = False
    department: str = ""

    def record(self) -> bytes:
        """Encode as a record of ``messages.raw`` of format ``person``."""
        return orjson.dumps(asdict(self))
