"""A message before rendering, and its conversation, if any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detection_stream.model.message import Address
from detection_stream.simulation.infrastructure import SendingHost
from detection_stream.simulation.mailers import Mailer


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A person or program that writes from one mailbox."""

    mailbox: Address
    mailer: Mailer
    origin: SendingHost
    title: str = ""
    company: str = ""
    phone: str = ""

    @property
    def first(self) -> str:
        """The given name."""
        return self.mailbox.name.partition(" ")[0]

    @property
    def signature(self) -> str:
        """The block below the text."""
        role = f"{self.title}, {self.company}" if self.title else self.company
        return "\n".join(line for line in (self.mailbox.name, role, self.phone) if line)


@dataclass(frozen=True, slots=True)
class LinkParagraph:
    """A paragraph that is a link; without ``text`` readers see the URL itself."""

    url: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment."""

    name: str
    content_type: str
    data: bytes


Paragraph = str | LinkParagraph


@dataclass(slots=True)
class Thread:
    """An ongoing conversation: its participants and last message."""

    subject: str
    members: tuple[Correspondent, ...]
    external: bool
    identifiers: list[str] = field(default_factory=list)
    last_author: Correspondent | None = None
    last_text: str = ""
    last_at: int = 0


@dataclass(slots=True)
class Draft:
    """What a scenario decides about one message; the author's mailer decides the rest.

    ``html`` replaces the HTML that the mailer would make of ``body``; ``headers`` are further
    header lines. A ``thread`` is opened or continued by the message.
    """

    author: Correspondent
    to: Sequence[Address]
    subject: str
    body: Sequence[Paragraph]
    cc: Sequence[Address] = ()
    reply_to: Address | None = None
    html: str = ""
    quoted: str = ""
    files: Sequence[File] = ()
    headers: Sequence[str] = ()
    references: Sequence[str] = ()
    thread: Thread | None = None
