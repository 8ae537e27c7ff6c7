"""Attachments that a reader opens like the message itself: messages, text and web pages."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from detection_stream.parsing import limits
from detection_stream.parsing.charsets import decode

EnclosureKind = Literal["message", "html", "text"]

_TYPES: Final[dict[str, EnclosureKind]] = {
    "message/rfc822": "message",
    "message/global": "message",
    "multipart/related": "message",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "image/svg+xml": "html",
}
_ENDS: Final[dict[str, EnclosureKind]] = {
    "eml": "message",
    "mht": "message",
    "mhtml": "message",
    "htm": "html",
    "html": "html",
    "shtml": "html",
    "svg": "html",
    "xht": "html",
    "xhtml": "html",
    "md": "text",
    "text": "text",
    "txt": "text",
}
_DATA: Final = frozenset({"text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/css"})
_BYTE_ORDER_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAMPLE: Final = 64
"""Bytes looked at to recognise UTF-16 without a mark: each of its Latin letters has a zero."""
_MAX_CHARACTER: Final = 4
"""Bytes of a character in any charset."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The decoded content of one; ``charset`` is empty if it is not known."""

    kind: EnclosureKind
    content: bytes
    charset: str = ""

    def text(self) -> str:
        """The content as text, with a character more than the cap if it is longer."""
        most = limits.MAX_ENCLOSED_LENGTH + 1
        content = self.content[: most * _MAX_CHARACTER]
        return decode(content, self.charset or _guessed(content))[:most]


def enclosures_of(files: Iterable[tuple[str, str, bytes]], charset: str = "") -> list[Enclosure]:
    """Those of the files (name, type, content) that are a message, text or HTML by type or name.

    Mail programs go by either.
    """
    found: list[Enclosure] = []
    for name, content_type, content in files:
        kind = _kind(name, content_type.partition(";")[0].strip().lower())
        if kind and content:
            found.append(Enclosure(kind, content, charset))
    return found


def _kind(name: str, content_type: str) -> EnclosureKind | None:
    kind = _TYPES.get(content_type) or _ENDS.get(name.rstrip(". ").rpartition(".")[2].lower())
    if kind is None and content_type.startswith("text/") and content_type not in _DATA:
        return "text"
    return kind


def _guessed(content: bytes) -> str:
    start = content[:_SAMPLE]
    if start.startswith(_BYTE_ORDER_MARKS):
        return "utf-16"
    few = len(start) // 4
    if start[1::2].count(0) > few:
        return "utf-16-le"
    if start[::2].count(0) > few:
        return "utf-16-be"
    try:
        content.decode()
    except UnicodeDecodeError as error:
        # A character that is cut at the end says nothing.
        return "windows-1252" if error.start < len(content) - _MAX_CHARACTER else "utf-8"
    return "utf-8"
