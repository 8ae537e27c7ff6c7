"""The messages of a batch, with data derived for several signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detection_stream.model.batch import FloatColumn
from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Address, Message, ReportedResults
from detection_stream.parsing.domains import registrable, within
from detection_stream.parsing.folding import FoldedText, views
from detection_stream.signals.automatic import is_automatic
from detection_stream.signals.phrases import language
from detection_stream.signals.places import as_read, buried
from detection_stream.signals.proven_identity import (
    Authentication,
    Path,
    came_inside,
    counted,
    delivering_domain,
    path_of,
    proof,
    written_inside,
)

MAX_SUBJECTS = 4
"""Maximum subjects of a message searched; there should be one."""
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
    def paths(self) -> list[Path]:
        """How each message came in."""
        return [
            path_of(message, envelope.own_domains, envelope.reception)
            for message, envelope in zip(self.messages, self.envelopes, strict=True)
        ]

    @cached_property
    def written_inside(self) -> list[list[ReportedResults]]:
        """The fields with results that the tenant's own hosts wrote."""
        return [
            written_inside(message, path, envelope.reception)
            for message, path, envelope in zip(
                self.messages, self.paths, self.envelopes, strict=True
            )
        ]

    @cached_property
    def authentication(self) -> list[Authentication]:
        """The results that count for each message."""
        return [
            counted(message, written, envelope.reception)
            for message, written, envelope in zip(
                self.messages, self.written_inside, self.envelopes, strict=True
            )
        ]

    @cached_property
    def authenticated(self) -> list[float]:
        """1 if the sender's domain is proven, 0 if it is refuted, NaN without proof."""
        return list(map(proof, self.authentication, self.sender_domains))

    @cached_property
    def external(self) -> list[bool]:
        """Whether the sender is outside, or claims an own domain but is not really inside.

        A From with a mailbox outside is never inside, whichever of them a mail program shows.
        """
        return [
            not own
            or not all(within(one.domain, envelope.own_domains) for one in message.other_senders)
            or not came_inside(path, proven, results, envelope.reception)
            for message, own, path, proven, results, envelope in zip(
                self.messages,
                self.sender_own,
                self.paths,
                self.authenticated,
                self.authentication,
                self.envelopes,
                strict=True,
            )
        ]

    @cached_property
    def automatic(self) -> list[bool]:
        """Whether a program wrote the message (answers, receipts, bounces, list software)."""
        return list(map(is_automatic, self.messages))

    @cached_property
    def mailers(self) -> list[str]:
        """The registrable domain proven to have sent each message, whatever From says.

        Where a tenant's mail never carries results it is the sender's.
        """
        return [
            delivering_domain(results) or (domain if envelope.reception.results == "never" else "")
            for results, domain, envelope in zip(
                self.authentication, self.sender_domains, self.envelopes, strict=True
            )
        ]

    @cached_property
    def recipients(self) -> list[list[Address]]:
        """Distinct recipients of each message: first those that no field names."""
        found = []
        for message, listed in zip(self.messages, self.listed_recipients, strict=True):
            known = {one.address for one in listed} if message.envelope_to else set()
            others = {one.address: one for one in message.envelope_to if one.address not in known}
            found.append([*others.values(), *listed])
        return found

    @cached_property
    def listed_recipients(self) -> list[list[Address]]:
        """Distinct recipients that the fields of each message name, in order of To, Cc, Bcc."""
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
        """Every subject and the new text of each message."""
        return [f"{_subjects(message)}\n{message.text}" for message in self.messages]

    @cached_property
    def folded_texts(self) -> list[FoldedText]:
        """The texts as they are read, of very long ones begin and end."""
        return [as_read(text) for text in self.texts]

    @cached_property
    def shown_phrases(self) -> list[set[int]]:
        """The patterns that occur in subjects and new text."""
        return [
            language().patterns(*views(text, read))
            for text, read in zip(self.texts, self.folded_texts, strict=True)
        ]

    @cached_property
    def buried_phrases(self) -> list[set[int]]:
        """The other patterns that occur where readers look later or not at all."""
        return [
            buried(message, outside=outside) - shown
            for message, outside, shown in zip(
                self.messages, self.external, self.shown_phrases, strict=True
            )
        ]

    @cached_property
    def phrases(self) -> dict[str, FloatColumn]:
        """For each phrase family how many of its patterns occur, wherever they stand."""
        return language().count(list(map(set.union, self.shown_phrases, self.buried_phrases)))

    @cached_property
    def display_texts(self) -> list[str]:
        """Display name and subject of each message."""
        return [f"{message.sender.name}\n{message.subject}" for message in self.messages]


def _subjects(message: Message) -> str:
    """All subjects: which of several a reader sees depends on the mail program."""
    found = message.headers.get("subject", ())
    return "\n".join(found[:MAX_SUBJECTS]) if len(found) > 1 else message.subject
