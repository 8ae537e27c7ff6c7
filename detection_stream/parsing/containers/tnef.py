"""Outlook's Rich Text messages: TNEF, the file ``winmail.dat`` (MS-OXTNEF)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from detection_stream.parsing import limits
from detection_stream.parsing.charsets import decode
from detection_stream.parsing.containers.mapi import (
    BODY,
    FILE_DATA,
    FILE_TYPE,
    HTML,
    OBJECT,
    Properties,
    file_name,
    number,
    read_properties,
    text_of,
)
from detection_stream.parsing.containers.opened import Opened
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
    found = Opened()
    one: _File | None = None
    for identifier, data in _attributes(file.content):
        if identifier in (_SUBJECT, _BODY):
            found.texts.append(decode(data.rstrip(b"\0"), ""))
        elif identifier == _PROPERTIES:
            _add_bodies(found, read_properties(data))
        elif identifier == _FILE_START:
            _finish(found, one)
            one = _File()
        elif one is not None:
            one.read(identifier, data)
    _finish(found, one)
    return found


class _File:
    """An attachment whose attributes are being read."""

    def __init__(self) -> None:
        self.name = ""
        self.content = b""
        self.properties: Properties = {}

    def read(self, identifier: int, data: bytes) -> None:
        """Take one attribute."""
        if identifier == _FILE_NAME:
            self.name = decode(data.rstrip(b"\0"), "")
        elif identifier == _FILE_DATA:
            self.content = data
        elif identifier == _FILE_PROPERTIES:
            self.properties = read_properties(data)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Identifier and value of each attribute."""
    at = _HEADER
    while at + _ATTRIBUTE_HEADER <= len(data):
        start = at + _ATTRIBUTE_HEADER
        size = number(data, at + 5, 4)
        yield number(data, at + 1, 2), data[start : start + size]
        at = start + size + _CHECKSUM


def _add_bodies(found: Opened, properties: Properties) -> None:
    if text := text_of(properties, BODY):
        found.texts.append(text)
    if html := text_of(properties, HTML):
        found.htmls.append(html)


def _finish(found: Opened, file: _File | None) -> None:
    if file is None or len(found.attachments) > limits.MAX_ATTACHMENTS:
        return
    kind, data = file.properties.get(FILE_DATA, (0, b""))
    if kind == OBJECT:
        data = data[_OBJECT_IDENTIFIER:]
    name, content = file_name(file.properties) or file.name, file.content or data
    if name or content:
        found.add_file(name, text_of(file.properties, FILE_TYPE), content)
