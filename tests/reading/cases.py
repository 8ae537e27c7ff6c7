"""The mails in ``cases``, each judged by a tenant of its own that owns ``acme.example``."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Message
from detection_stream.parsing.identity import identify
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.state.database import Database
from tests.topology.harness import ATTRIBUTIONS, VERDICTS, Pipeline

CASES = Path(__file__).with_name("cases")
OWN_DOMAINS = frozenset({"acme.example"})


@dataclass(frozen=True, slots=True)
class Reading:
    """How a mail was read: the message, its signals that are not 0 or missing, and the verdict.

    ``verdict`` is ``none`` if it got none. ``received_at`` is in milliseconds since 1970.
    """

    message: Message
    signals: dict[str, float]
    verdict: str
    received_at: int

    @property
    def hosts(self) -> list[str]:
        """The hosts of its links, in order."""
        return [link.host for link in self.message.links]

    @property
    def files(self) -> list[str]:
        """The names of its attachments, in order."""
        return [one.filename for one in self.message.attachments]

    @property
    def recipients(self) -> list[str]:
        """The addresses in To, Cc and Bcc, in order."""
        message = self.message
        return [one.address for one in (*message.to, *message.cc, *message.bcc)]

    def has(self, signal: str) -> bool:
        """Whether a signal of the message is neither 0 nor missing."""
        return f"message.{signal}" in self.signals


def raw(name: str) -> bytes:
    """The bytes of a case."""
    return (CASES / name).read_bytes()


def reading(name: str) -> Reading:
    """How the case ``NAME.eml`` was read."""
    return _readings()[name]


@cache
def _readings() -> dict[str, Reading]:
    """All mails in one run; a tenant of its own keeps each from teaching the others."""
    mails = {path.stem: path.read_bytes() for path in sorted(CASES.glob("*.eml"))}
    arrivals = {name: identify(mail, name)[0] for name, mail in mails.items()}
    with TemporaryDirectory() as directory:
        database = Database(Path(directory) / "data")
        pipeline = Pipeline(database)
        for name, mail in mails.items():
            envelope = Envelope(name, OWN_DOMAINS, arrivals[name], "rfc5322", "case")
            pipeline.feed_with(envelope, mail)
        pipeline.run()
        database.close()
    verdicts: dict[str, str] = {}
    signals: dict[str, dict[str, float]] = defaultdict(dict)
    for one in map(orjson.loads, pipeline.values(VERDICTS)):
        verdicts[one["tenant"]] = one["verdict"]
    for one in map(orjson.loads, pipeline.values(ATTRIBUTIONS)):
        signals[one["tenant"]] |= one["signals"]
    return {
        name: Reading(
            parse_message(mail),
            {key: value for key, value in signals[name].items() if value},
            verdicts.get(name, "none"),
            arrivals[name],
        )
        for name, mail in mails.items()
    }
