"""Text, links and files inside attachments that a reader opens like the message itself.

These are attached messages, and attachments that are text or HTML by type or name. A sender can
put everything that matters there.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from detection_stream.model.message import Attachment, Link, Message
from detection_stream.parsing import limits
from detection_stream.parsing.charsets import decode
from detection_stream.parsing.html import read_html
from detection_stream.parsing.links import find_urls, host_of
from detection_stream.parsing.text import fold

MAX_READ = 8
"""Attachments of one message that are read; others are described only."""
MAX_READ_BYTES = 1024 * 1024
"""Bytes of one attachment that are read; far more than a letter has."""
MAX_DEPTH = 2
"""Messages attached to messages that are read."""

_DATA = frozenset({"text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/css"})
_TEXT_ENDS = (".txt", ".text", ".md")
_HTML_ENDS = (".html", ".htm", ".shtml", ".xhtml", ".mht")
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

AttachedPart = tuple[str, str, bytes]
"""File name, type in lower case, and decoded content of an attachment."""


@dataclass(slots=True)
class Attached:
    """What attachments hold: text in their order, links, and the files of attached messages."""

    texts: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text, within the cap of a message."""
        return "\n".join(filter(None, self.texts))[: limits.MAX_TEXT_LENGTH]


def readable(parts: Iterable[AttachedPart]) -> list[AttachedPart]:
    """Those that are a message, text or HTML by type or name, as much of them as is read."""
    chosen = (part for part in parts if _kind(part[0], part[1]))
    return [
        (name, kind, content[:MAX_READ_BYTES]) for name, kind, content in islice(chosen, MAX_READ)
    ]


def read_attached(
    parts: Iterable[AttachedPart], parse: Callable[[bytes], Message] | None
) -> Attached:
    """What attachments hold that ``readable`` chose.

    ``parse`` reads an attached message, None where no more of them are to be read.
    """
    found = Attached()
    for filename, content_type, content in parts:
        kind = _kind(filename, content_type)
        if kind == "message":
            if parse is not None:
                _add_message(found, parse(content))
        elif kind == "html":
            page = read_html(_decoded(content))
            found.texts.append(page.text)
            found.links.extend(page.links)
        else:
            text = fold(_decoded(content)[: limits.MAX_TEXT_LENGTH])
            found.texts.append(text)
            found.links.extend(Link(url, host_of(url), "") for url in find_urls(text))
    return found


def _kind(filename: str, content_type: str) -> str:
    name = filename.lower().rstrip(". ")
    if content_type.startswith("message/rfc822") or name.endswith(".eml"):
        return "message"
    if content_type == "text/html" or name.endswith(_HTML_ENDS):
        return "html"
    if content_type.startswith("text/") and content_type not in _DATA:
        return "text"
    return "text" if name.endswith(_TEXT_ENDS) else ""


def _decoded(content: bytes) -> str:
    charset = _BYTE_ORDER_MARKS.get(content[:2], "")
    if charset:
        return decode(content, charset)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return decode(content, "windows-1252")


def _add_message(found: Attached, message: Message) -> None:
    found.texts += [message.subject, message.text, message.quoted, message.attached_text]
    found.links += message.links
    found.attachments += message.attachments
