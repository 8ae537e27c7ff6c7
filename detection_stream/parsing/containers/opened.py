"""What a container holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from detection_stream.model.message import Attachment
from detection_stream.parsing.attachments import describe
from detection_stream.parsing.enclosure import Enclosure, enclosures_of


@dataclass(slots=True)
class Opened:
    """Bodies of a container, its files, and those of them that are read like the message.

    ``unpacked`` counts the bytes that were decompressed, ``truncated`` names exceeded caps.
    """

    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)
    truncated: list[str] = field(default_factory=list)
    unpacked: int = 0

    def add_file(self, name: str, content_type: str, content: bytes) -> None:
        """A file with all of its content."""
        self.attachments.append(describe(name, content_type, content))
        self.enclosures += enclosures_of([(name, content_type, content)])
