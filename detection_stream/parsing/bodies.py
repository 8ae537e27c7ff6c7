"""Tells the leaf parts of a message apart, into its texts and its attachments, and decodes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from detection_stream.model.message import Attachment
from detection_stream.parsing import limits
from detection_stream.parsing.attachments import describe
from detection_stream.parsing.charsets import charset_of_page, codec_of, decode, is_unknown
from detection_stream.parsing.enclosure import Enclosure, enclosures_of
from detection_stream.parsing.multipart import Leaf
from detection_stream.parsing.transfer import decode_transfer, encoding_of, is_known

_MAX_EXPANSION = 4
"""Encoded bytes for one of content: three of quoted-printable, and line ends."""
_SHOWN: Final = {"text/plain": "text", "text/html": "html", "text": "text", "": "text"}
"""Types that mail programs show as the message itself, and which of its texts they are."""


@dataclass(slots=True)
class Bodies:
    """Decoded texts and attachments of one message; caps and defects go to the given lists."""

    defects: list[str]
    truncated: list[str]
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)
    left: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("text", "html"), limits.MAX_BODY_BYTES)
    )

    def add(self, leaf: Leaf) -> None:
        """Take a part as a body or as an attachment."""
        encoding = encoding_of(leaf.head.encoding)
        if not is_known(encoding):
            self.defects.append("unknown-transfer-encoding")
        kind = _shown_as(leaf)
        if kind:
            self._add_text(leaf, encoding, kind)
        elif len(self.attachments) <= limits.MAX_ATTACHMENTS:
            self._add_file(leaf, decode_transfer(leaf.body, encoding))

    def _add_text(self, leaf: Leaf, encoding: str, kind: str) -> None:
        """A body, cut when all of its kind exceed their cap: decoding can take eight times that."""
        encoded = leaf.body[: limits.MAX_BODY_BYTES * _MAX_EXPANSION]
        content = decode_transfer(encoded, encoding, text=True)
        left = self.left[kind]
        if len(content) > left:
            self.truncated.append(f"{kind}-length")
        self.left[kind] = max(left - len(content), 0)
        charset = leaf.head.content_type.first("charset")
        if is_unknown(charset):
            self.defects.append("unknown-charset")
        if kind == "html" and not codec_of(charset):
            charset = charset_of_page(content)
        text = decode(content[:left], charset)
        if "\0" in text:
            self.defects.append("nul-character")
            text = text.replace("\0", "")
        (self.htmls if kind == "html" else self.texts).append(text)

    def _add_file(self, leaf: Leaf, content: bytes) -> None:
        names = _names(leaf)
        main = leaf.head.content_type.main or "application/octet-stream"
        self.attachments.append(describe(names[0] if names else "", main, content, names[1:]))
        charset = leaf.head.content_type.first("charset")
        self.enclosures += enclosures_of(
            [(name, main, content) for name in names[:1] or [""]], charset
        )


def read_bodies(leaves: Iterable[Leaf], defects: list[str], truncated: list[str]) -> Bodies:
    """The texts and attachments of a message's leaf parts."""
    bodies = Bodies(defects, truncated)
    for leaf in leaves:
        bodies.add(leaf)
    return bodies


def _shown_as(leaf: Leaf) -> str:
    """``text`` or ``html`` if mail programs show the part as the message, else empty."""
    disposition = leaf.head.disposition
    if disposition.main == "attachment" or disposition.parameters.get("filename"):
        return ""
    main = leaf.head.content_type.main
    if main.startswith("multipart/"):
        return "text"
    return _SHOWN.get(main, "" if "/" in main else "text")


def _names(leaf: Leaf) -> list[str]:
    """Every name of a file, first the one that mail programs show."""
    return list(
        dict.fromkeys(
            (
                *leaf.head.disposition.parameters.get("filename", ()),
                *leaf.head.content_type.parameters.get("name", ()),
            )
        )
    )
