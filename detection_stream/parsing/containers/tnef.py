"""Outlook's Rich Text messages: TNEF, the file ``winmail.dat`` (MS-OXTNEF)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from detection_stream.parsing import limits
from detection_stream.parsing.charsets import decode
from detection_stream.parsing.containers.mapi import (
    BODY,
    FILE_DATA,
    FILE_TYPE,
    HTML,
    OBJECT,
    RICH_TEXT,
    Properties,
    file_name,
    number,
    read_properties,
    text_of,
)
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.containers.rich_text import add_rich_text
from detection_stream.parsing.enclosure import Enclosure

_HEADER: Final = 6
_ATTRIBUTE_HEADER: Final = 9
_CHECKSUM: Final = 2
_OBJECT_IDENTIFIER: Final = 16
"""Bytes before an attached message that tell its kind."""
_SUBJECT: Final = 0x8004
_BODY: Final = 0x800C
_FILE_DATA: Final = 0x800F
_FILE_NAME: Final = 0x8010
_FILE_START: Final = 0x9002
_PROPERTIES: Final = 0x9003
_FILE_PROPERTIES: Final = 0x9005


def open_tnef(file: Enclosure, most: int) -> Opened:
    """Subject, bodies and files."""
    return _Reading(most).read(file.content)


@dataclass(slots=True)
class _Reading:
    """What was read, and of the file that is being read name, content and properties."""

    most: int
    found: Opened = field(default_factory=Opened)
    left: int = limits.MAX_TNEF_ELEMENTS
    name: str = ""
    content: bytes = b""
    properties: bytes = b""

    def read(self, data: bytes) -> Opened:
        """Read all attributes in turn."""
        for identifier, value in _attributes(data):
            self.left -= 1
            if self.left <= 0:
                self.found.truncated.append("tnef-elements")
                break
            if identifier in (_SUBJECT, _BODY):
                self.found.texts.append(_text(value))
            elif identifier == _PROPERTIES:
                self._add_bodies(value)
            elif identifier == _FILE_START:
                self._add_file()
            elif identifier == _FILE_NAME:
                self.name = _text(value)
            elif identifier == _FILE_DATA:
                self.content = value
            elif identifier == _FILE_PROPERTIES:
                self.properties = value
        self._add_file()
        return self.found

    def _add_bodies(self, value: bytes) -> None:
        properties = self._read_properties(value)
        if text := text_of(properties, BODY):
            self.found.texts.append(text)
        if html := text_of(properties, HTML):
            self.found.htmls.append(html)
        if RICH_TEXT in properties and not text and not html:
            add_rich_text(self.found, properties[RICH_TEXT][1], self.most - self.found.unpacked)

    def _add_file(self) -> None:
        """Finish the file before another starts."""
        properties = self._read_properties(self.properties)
        kind, data = properties.get(FILE_DATA, (0, b""))
        if kind == OBJECT:
            data = data[_OBJECT_IDENTIFIER:]
        name, content = file_name(properties) or self.name, self.content or data
        if name or content:
            self.found.add_file(name, text_of(properties, FILE_TYPE), content)
        self.name, self.content, self.properties = "", b"", b""

    def _read_properties(self, data: bytes) -> Properties:
        properties, values = read_properties(data, self.left)
        self.left -= values
        return properties


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Identifier and value of each attribute."""
    at = _HEADER
    while at + _ATTRIBUTE_HEADER <= len(data):
        start = at + _ATTRIBUTE_HEADER
        size = number(data, at + 5, 4)
        yield number(data, at + 1, 2), data[start : start + size]
        at = start + size + _CHECKSUM


def _text(value: bytes) -> str:
    return decode(value.rstrip(b"\0"), "")
