"""The messages of a batch, with data derived for several signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detection_stream.model.batch import FloatColumn
from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Address, Message
from detection_stream.parsing.domains import registrable, within
from detection_stream.signals.phrases import language

MAX_TEXT_CHARACTERS = 20_000
"""Maximum characters of new text searched for phrases."""
MAX_LINKS = 200
"""Maximum links of a message used by signals."""


@dataclass
class MessageBatch:
    """Messages and their envelopes, in order; every derived list has one entry per message."""

    messages: list[Message]
    envelopes: list[Envelope]

    def __len__(self) -> int:
        return len(self.messages)

    def number(self, function: Callable[[Message], float]) -> FloatColumn:
        """A column with one number (or boolean) per message."""
        return np.fromiter(map(function, self.messages), np.float64, len(self))

    def column(self, values: object) -> FloatColumn:
        """A column from an iterable of numbers or booleans."""
        return np.fromiter(values, np.float64, len(self))  # type: ignore[call-overload, no-any-return] # any iterable

    @cached_property
    def sender_hosts(self) -> list[str]:
        """Domain of each sender's address."""
        return [message.sender.domain for message in self.messages]

    @cached_property
    def sender_domains(self) -> list[str]:
        """Registrable domain of each sender."""
        return [registrable(host) for host in self.sender_hosts]

    @cached_property
    def sender_own(self) -> list[bool]:
        """Whether the sender's address claims an own domain."""
        return [
            within(host, envelope.own_domains)
            for host, envelope in zip(self.sender_hosts, self.envelopes, strict=True)
        ]

    @cached_property
    def authenticated(self) -> list[float]:
        """1 if the sender's domain is proven, 0 if authentication failed, NaN without a result."""
        return [
            _authenticated(message, domain)
            for message, domain in zip(self.messages, self.sender_domains, strict=True)
        ]

    @cached_property
    def external(self) -> list[bool]:
        """Whether the sender is outside, or claims an own domain but fails authentication."""
        return [
            not own or proven == 0.0
            for own, proven in zip(self.sender_own, self.authenticated, strict=True)
        ]

    @cached_property
    def recipients(self) -> list[list[Address]]:
        """Distinct recipients of each message in order of To, Cc, Bcc."""
        return [
            list(
                {
                    mailbox.address: mailbox
                    for mailbox in (*message.to, *message.cc, *message.bcc)
                    if mailbox.address
                }.values()
            )
            for message in self.messages
        ]

    @cached_property
    def outside_recipients(self) -> list[list[str]]:
        """Domains of the recipients outside the organisation."""
        return [
            [
                mailbox.domain
                for mailbox in mailboxes
                if not within(mailbox.domain, envelope.own_domains)
            ]
            for mailboxes, envelope in zip(self.recipients, self.envelopes, strict=True)
        ]

    @cached_property
    def link_hosts(self) -> list[list[str]]:
        """Distinct hosts in each message's links."""
        return [
            list(dict.fromkeys(link.host for link in message.links[:MAX_LINKS] if link.host))
            for message in self.messages
        ]

    @cached_property
    def link_domains(self) -> list[list[str]]:
        """Distinct registrable domains in links."""
        return [list(dict.fromkeys(map(registrable, hosts))) for hosts in self.link_hosts]

    @cached_property
    def texts(self) -> list[str]:
        """Subject and new text of each message."""
        return [
            f"{message.subject}\n{message.text[:MAX_TEXT_CHARACTERS]}" for message in self.messages
        ]

    @cached_property
    def phrases(self) -> dict[str, FloatColumn]:
        """For each phrase family how many of its patterns occur."""
        return language().count(self.texts)

    @cached_property
    def display_texts(self) -> list[str]:
        """Display name and subject of each message."""
        return [f"{message.sender.name}\n{message.subject}" for message in self.messages]


def _authenticated(message: Message, domain: str) -> float:
    results = message.authentication
    if results.dmarc == "pass":
        return 1.0
    if results.dkim == "pass" and any(registrable(d) == domain for d in results.dkim_domains):
        return 1.0
    if results.spf == "pass" and registrable(results.spf_domain) == domain:
        return 1.0
    if results.dmarc == "fail":
        return 0.0
    if results.spf in {"fail", "softfail"} and results.dkim != "pass":
        return 0.0
    return float("nan")
