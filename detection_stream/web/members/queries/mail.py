"""The mail itself, as safe plain text."""

from __future__ import annotations

from msgspec import Struct

from detection_stream.model.origin import Origin
from detection_stream.web.members.queries.base import Answer, Query
from detection_stream.web.members.queries.status import IndexedAnswer


class Raw(Query, frozen=True, tag="raw"):
    """The message itself as safe plain text, while it is kept."""

    uid: str


class AttachmentInfo(Struct):
    """An attachment; ``size`` in bytes."""

    filename: str
    content_type: str
    size: int
    sha256: str


class MailLink(Struct):
    """A link in the mail, never to be followed; ``text`` is its visible text."""

    url: str
    text: str


class Mail(Struct):
    """A message as plain text; ``cut`` says what was left out."""

    headers: list[tuple[str, str]]
    text: str
    quoted: str
    links: list[MailLink]
    attachments: list[AttachmentInfo]
    references: list[str]
    defects: list[str]
    cut: list[str]
    source: str


class RawAnswer(Answer):
    """``mail`` is None if the message is no longer kept; ``origin`` is its record."""

    mail: Mail | None
    origin: Origin | None
    reason: str = ""


class Networks(Query, frozen=True, tag="networks"):
    """Where recent mail from an address came from, and how it was authenticated."""

    tenant: str
    address: str


class Network(Struct):
    """A sending host; ``address`` is its IP address, empty if unknown."""

    host: str
    address: str
    messages: int
    last_at: int


class NetworksAnswer(IndexedAnswer):
    """``authentication`` counts results as ``spf=pass``; ``messages`` is how many were read."""

    networks: list[Network]
    authentication: dict[str, int]
    messages: int
