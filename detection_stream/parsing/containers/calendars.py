"""Invitations and other calendar files (RFC 5545): what they say and where they lead."""

from __future__ import annotations

import re
from typing import Final

from detection_stream.parsing import limits
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.enclosure import Enclosure
from detection_stream.parsing.transfer import from_base64

_FOLD = re.compile(r"\r?\n[ \t]")
_PARAMETER = re.compile(r';([\w-]{1,40}+)=("[^"]*+"|[^";:]*+)')
_LINE = re.compile(r'([A-Za-z-]{1,40})((?:;[^":]*+(?:"[^"]*+"[^":]*+)*+)?+):')
_ESCAPE = re.compile(r"\\([nN\\;,])")
_WORDS: Final = frozenset(
    {"summary", "description", "location", "comment", "contact", "url", "x-wr-calname"}
)
_PEOPLE: Final = frozenset({"organizer", "attendee"})
_PAGES: Final = frozenset({"x-alt-desc", "styled-description"})
_FILES: Final = frozenset({"attach", "image"})


def open_calendar(file: Enclosure, most: int) -> Opened:
    """The words, people, links, pages and files of every event."""
    found = Opened()
    if len(file.content) > limits.MAX_BODY_BYTES:
        found.truncated.append("enclosed-length")
    text = _FOLD.sub("", file.text(limits.MAX_BODY_BYTES))
    for line in text.split("\n"):
        start = _LINE.match(line)
        if start is None:
            continue
        name, value = start[1].lower(), line[start.end() :].strip()
        parameters = {key.lower(): one.strip('"') for key, one in _PARAMETER.findall(start[2])}
        if name in _WORDS:
            found.texts.append(_unescaped(value))
        elif name in _PEOPLE:
            found.texts.append(f"{parameters.get('cn', '')} {value}".strip())
        elif name in _PAGES:
            found.htmls.append(_unescaped(value))
        elif name in _FILES:
            _add_file(found, parameters, value)
        elif value.lower().startswith(("http://", "https://")):
            found.texts.append(value)
    return found


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def _add_file(found: Opened, parameters: dict[str, str], value: str) -> None:
    """A file by its address, or inside of the calendar file."""
    if parameters.get("value", "").lower() != "binary":
        found.texts.append(value)
    elif len(found.attachments) <= limits.MAX_ATTACHMENTS:
        name = parameters.get("filename") or parameters.get("x-filename", "")
        found.add_file(name, parameters.get("fmttype", ""), from_base64(value.encode()))
