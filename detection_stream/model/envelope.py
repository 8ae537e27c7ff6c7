"""Metadata of a raw record, so that stages need no configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detection_stream.errors import MessageError
from detection_stream.model.reception import UNKNOWN_RECEPTION, Reception

MAX_TIME_MS = 253_402_300_800_000
"""Milliseconds since 1970 at the end of the year 9999, the latest that clocks and tools support."""

MAX_AHEAD_MS = 86_400_000
"""Milliseconds by which a producer's time may be ahead of its record's, for wrong time zones."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The headers of a record of ``messages.raw``.

    ``tenant`` owns the message; ``own_domains`` are that tenant's (lower case). ``received_at``
    is when the receiving side got it (milliseconds since 1970). ``format`` is ``rfc5322``,
    ``json``, ``person`` (a directory entry) or ``tenant`` (a tenant profile).
    ``source`` says where it came from, for display. ``reception`` says which of the headers of the
    tenant's mail can be believed.
    """

    tenant: str
    own_domains: frozenset[str]
    received_at: int
    format: str = "rfc5322"
    source: str = ""
    reception: Reception = UNKNOWN_RECEPTION

    def headers(self) -> dict[str, bytes]:
        """As record headers."""
        reception = self.reception.encode()
        return {
            "tenant": self.tenant.encode(),
            "own_domains": ",".join(sorted(self.own_domains)).encode(),
            "received_at": str(self.received_at).encode(),
            "format": self.format.encode(),
            "source": self.source.encode(),
            **({"reception": reception.encode()} if reception else {}),
        }

    @classmethod
    def from_headers(cls, headers: Mapping[str, bytes], written_at: int = 0) -> Envelope:
        """From the headers of a record written at a time (milliseconds since 1970; 0 if unknown).

        No mail is received after its record was written: a later ``received_at`` is a sender's
        date, and ``written_at`` counts instead.

        Raises:
            MessageError: one is missing or invalid.
        """
        try:
            received_at = int(headers["received_at"])
            if received_at >= MAX_TIME_MS:
                raise ValueError(f"received_at {received_at} is after the year 9999")
            if 0 < written_at < received_at - MAX_AHEAD_MS:
                received_at = written_at
            return cls(
                headers["tenant"].decode(),
                frozenset(headers["own_domains"].decode().split(",")) - {""},
                received_at,
                headers.get("format", b"rfc5322").decode(),
                headers.get("source", b"").decode("utf-8", "replace"),
                Reception.decode(headers.get("reception", b"").decode()),
            )
        except (KeyError, ValueError) as error:
            raise MessageError(f"a record header is missing or invalid: {error!r}") from error
