"""Attachments that a reader opens like the message itself, and containers of such."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from detection_stream.parsing import limits
from detection_stream.parsing.charsets import decode
from detection_stream.parsing.content_format import format_of

EnclosureKind = Literal[
    "message", "body", "html", "text", "calendar",
    "zip", "tar", "gzip", "signed", "tnef", "outlook", "encoded", "rtf",
]  # fmt: skip
"""``body`` is what a signature wraps: a message without the fields that address it."""
DecodedFile = tuple[str, str, bytes]
"""Name, declared type and decoded content."""

_FORMATS: Final[dict[str, EnclosureKind]] = {
    "zip": "zip",
    "tar": "tar",
    "gz": "gzip",
    "p7m": "signed",
    "tnef": "tnef",
    "uu": "encoded",
    "rtf": "rtf",
}
"""Containers that are known by their first bytes."""
_TYPES: Final[dict[str, EnclosureKind]] = {
    "message/rfc822": "message",
    "message/global": "message",
    "application/mbox": "message",
    "multipart/related": "message",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "image/svg+xml": "html",
    "text/calendar": "calendar",
    "application/ics": "calendar",
    "application/pkcs7-mime": "signed",
    "application/x-pkcs7-mime": "signed",
    "application/vnd.ms-outlook": "outlook",
}
_ENDS: Final[dict[str, EnclosureKind]] = {
    "eml": "message",
    "mbox": "message",
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
    "ics": "calendar",
    "p7m": "signed",
    "msg": "outlook",
    "oft": "outlook",
}
_NAMELESS: Final[dict[str, EnclosureKind]] = {
    "html": "html",
    "svg": "html",
    "eml": "message",
    "ole": "outlook",
}
"""Formats that count where neither type nor name says anything."""
_EMPTY_TYPES: Final = frozenset({"", "application/octet-stream", "application/x-unknown"})
_DATA: Final = frozenset({"text/csv", "text/vcard", "text/x-vcard", "text/css"})
_BYTE_ORDER_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAMPLE: Final = 64
"""Bytes looked at to recognise UTF-16 without a mark: each of its Latin letters has a zero."""
_MAX_CHARACTER: Final = 4
"""Bytes of a character in any charset."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The decoded content of one; ``name`` and ``charset`` are empty if they are not known.

    ``reported`` says that a bounce or an abuse report returns it: it is somebody else's.
    """

    kind: EnclosureKind
    content: bytes
    charset: str = ""
    name: str = ""
    reported: bool = False

    def text(self, most: int = limits.MAX_ENCLOSED_LENGTH) -> str:
        """The content as text, with a character more than ``most`` if it is longer."""
        content = self.content[: (most + 1) * _MAX_CHARACTER]
        return decode(content, self.charset or _guessed(content))[: most + 1]


def enclosures_of(files: Iterable[DecodedFile], charset: str = "") -> list[Enclosure]:
    """Those of the files that are read, by content, type or name: mail programs go by any."""
    found: list[Enclosure] = []
    for name, content_type, content in files:
        kind = _kind(name, content_type.partition(";")[0].strip().lower(), content)
        if kind and content:
            found.append(Enclosure(kind, content, charset, name))
    return found


def _kind(name: str, content_type: str, content: bytes) -> EnclosureKind | None:
    found = format_of(content)
    extension = name.rstrip(". ").rpartition(".")[2].lower()
    kind = _FORMATS.get(found) or _TYPES.get(content_type) or _ENDS.get(extension)
    if kind is None and content_type.startswith("text/") and content_type not in _DATA:
        return "text"
    if kind is None and content_type in _EMPTY_TYPES:
        return _NAMELESS.get(found)
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
