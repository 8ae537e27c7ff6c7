"""Parses the raw bytes of an Internet message, as mail programs and attackers read them."""

from __future__ import annotations

from detection_stream.model.message import Message
from detection_stream.parsing import limits
from detection_stream.parsing.build import build
from detection_stream.parsing.content_digest import digest_of
from detection_stream.parsing.enclosed import open_enclosures
from detection_stream.parsing.mail_head import read_head
from detection_stream.parsing.mail_parts import read_parts


def parse_message(raw: bytes) -> Message:
    """Parse any bytes; never raises. ``defects`` names what had to be repaired."""
    head = read_head(raw)
    digest = digest_of(head)
    if len(head.raw) > limits.MAX_MESSAGE_BYTES:
        head.raw = head.raw[: limits.MAX_MESSAGE_BYTES]
        head.truncated.append("message-bytes")
    parts = read_parts(head, len(raw))
    parts.digest = digest
    open_enclosures(parts)
    return build(parts)


def parse_messages(raws: list[bytes]) -> list[Message]:
    """:func:`parse_message` for each."""
    return [parse_message(raw) for raw in raws]
