"""Outlook's message files, ``.msg`` and ``.oft`` (MS-OXMSG)."""

from __future__ import annotations

import re
from collections import deque
from typing import Final

from detection_stream.parsing import limits
from detection_stream.parsing.containers.compound import MAGIC, STORAGE, STREAM, CompoundFile
from detection_stream.parsing.containers.mapi import (
    BODY,
    FILE_DATA,
    FILE_TYPE,
    HTML,
    RICH_TEXT,
    SUBJECT,
    Properties,
    file_name,
    sender,
    text_of,
)
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.containers.rich_text import add_rich_text
from detection_stream.parsing.enclosure import Enclosure

_PROPERTY = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})", re.IGNORECASE)
_FILE: Final = "__attach_version1.0_"
_EMBEDDED: Final = "__substg1.0_3701000D"


def open_outlook(file: Enclosure, most: int) -> Opened:
    """Subject, sender, bodies and files, also of the messages within; nothing of other documents.

    All streams together have at most ``most`` bytes.
    """
    found = Opened()
    if not file.content.startswith(MAGIC):
        return found
    compound = CompoundFile(file.content)
    if compound.truncated:
        found.truncated.append("compound-entries")
    waiting = deque([(0, False)])
    seen: set[int] = set()
    while waiting and len(seen) <= limits.MAX_ATTACHMENTS:
        storage, is_file = waiting.popleft()
        if storage in seen:
            continue
        seen.add(storage)
        properties, inside = _read(compound, storage, most, found)
        waiting += inside
        if is_file:
            _, content = properties.get(FILE_DATA, (0, b""))
            found.add_file(file_name(properties), text_of(properties, FILE_TYPE), content)
        else:
            found.texts += [text_of(properties, SUBJECT), sender(properties)]
            text, html = text_of(properties, BODY), text_of(properties, HTML)
            found.texts.append(text)
            found.htmls.append(html)
            if RICH_TEXT in properties and not text and not html:
                add_rich_text(found, properties[RICH_TEXT][1], most - found.unpacked)
    return found


def _read(
    compound: CompoundFile, storage: int, most: int, found: Opened
) -> tuple[Properties, list[tuple[int, bool]]]:
    """The properties of a message or file, and the storages in it with whether they are files."""
    properties: Properties = {}
    inside: list[tuple[int, bool]] = []
    for at, entry in compound.entries(storage):
        if entry.kind == STORAGE and entry.name.startswith((_FILE, _EMBEDDED)):
            inside.append((at, entry.name.startswith(_FILE)))
        elif entry.kind == STREAM and (match := _PROPERTY.fullmatch(entry.name)):
            if found.unpacked + entry.size > most:
                found.truncated.append("enclosed-bytes")
                continue
            found.unpacked += entry.size
            properties[int(match[1], 16)] = int(match[2], 16), compound.content(entry)
    return properties, inside
