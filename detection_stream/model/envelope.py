"""Metadata of a raw record, so that stages need no configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from detection_stream.errors import MessageError
from detection_stream.model.reception import UNKNOWN_RECEPTION, Reception

MAX_TIME_MS = 253_402_300_800_000
"""Milliseconds since 1970 at the end of the year 9999, the latest that clocks and tools support."""

MAX_AHEAD_MS = 86_400_000
"""Milliseconds by which a producer's time may be ahead of its record's, for wrong time zones."""


MAX_RECIPIENTS: Final = 1_024
"""Recipients kept, as many as a listener takes."""

MAX_ADDRESS_BYTES: Final = 320
"""Bytes of an address that is kept: 64 before the at sign and 255 behind it (RFC 5321, 4.5.3.1)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The headers of a record of ``messages.raw``.

    ``tenant`` owns the message; ``own_domains`` are that tenant's (lower case). ``received_at``
    is when the receiving side got it (milliseconds since 1970). ``format`` is ``rfc5322``,
    ``json``, ``person`` (a directory entry) or ``tenant`` (a tenant profile).
    ``source`` says where it came from, for display. ``reception`` says which of the headers of the
    tenant's mail can be believed. ``mail_from`` and ``rcpt_to`` are the sender and the recipients
    of the SMTP transaction, up to ``MAX_RECIPIENTS``, empty if it is not known. ``journal`` says
    that journal reports are believed whatever way they came.
    """

    tenant: str
    own_domains: frozenset[str]
    received_at: int
    format: str = "rfc5322"
    source: str = ""
    reception: Reception = UNKNOWN_RECEPTION
    mail_from: str = ""
    rcpt_to: tuple[str, ...] = ()
    journal: bool = False

    def headers(self) -> dict[str, bytes]:
        """As record headers."""
        reception = self.reception.encode()
        return {
            "tenant": self.tenant.encode(),
            "own_domains": ",".join(sorted(self.own_domains)).encode(),
            "received_at": str(self.received_at).encode(),
            "format": self.format.encode(),
            # The name of a file may have bytes that are no text.
            "source": self.source.encode("utf-8", "backslashreplace"),
            **({"reception": reception.encode()} if reception else {}),
            **self._transaction(),
        }

    def _transaction(self) -> dict[str, bytes]:
        found = {
            "mail_from": _kept((self.mail_from,)),
            "rcpt_to": _kept(self.rcpt_to),
            "journal": b"1" if self.journal else b"",
        }
        return {name: value for name, value in found.items() if value}

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
                headers.get("mail_from", b"").decode("utf-8", "replace"),
                _recipients(headers.get("rcpt_to", b"")),
                headers.get("journal") == b"1",
            )
        except (KeyError, ValueError) as error:
            raise MessageError(f"a record header is missing or invalid: {error!r}") from error


def _kept(addresses: Iterable[str]) -> bytes:
    """Addresses, one a line; no address has a line break."""
    encoded = (" ".join(one.split()).encode("utf-8", "replace") for one in addresses)
    kept = (one for one in encoded if 0 < len(one) <= MAX_ADDRESS_BYTES)
    return b"\n".join(islice(kept, MAX_RECIPIENTS))


def _recipients(value: bytes) -> tuple[str, ...]:
    most = value[: MAX_RECIPIENTS * (MAX_ADDRESS_BYTES + 1)].decode("utf-8", "replace")
    return tuple(filter(None, most.split("\n")[:MAX_RECIPIENTS]))
