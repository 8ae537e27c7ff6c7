"""Puts URLs together that are written so that no program makes them clickable (``hxxp``, ``[.]``).

A lure does it to pass filters, and tells its reader what to type.
"""

from __future__ import annotations

import re
from typing import Final

_MARKS: Final = {
    "[": ("[.", "[dot", "[DOT", "[punkt", "[:", "[/"),
    "(": ("(.)", "(dot", "(DOT", "(punkt"),
    "{": ("{.}", "{dot"),
    ":": ("xxp", "XXp", "XXP", "**p", " :/", ": /", ":/ /", ":// ", ":\\"),
    " .": (" . ",),
}
"""What such a text has one of, by what is looked for first: faster than the expressions."""
_BRACKETED = re.compile(
    r"[ \t]{0,2}[\[({]{1,2}[ \t]{0,2}(\.|dot|punkt|:|://|:/|/)[ \t]{0,2}[\])}]{1,2}[ \t]{0,2}",
    re.IGNORECASE,
)
_DISARMED = re.compile(r"\bh(?:xx|\*\*)p(?=s?[ :])", re.IGNORECASE)
_SCHEME = re.compile(
    r"\b(https?)(?: : ?/ ?/ ?|: / ?/ ?|:/ / ?|:// (?=[\w-]{1,63} ?\.)|:\\{1,2})(?=\w)",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:://(?:www\.)?|\bwww\b)[\w-]{0,63}+(?: \. [\w-]{1,63}){1,6}", re.IGNORECASE)


def armed(text: str) -> str:
    """The text with URLs as their reader is meant to put them together."""
    if not any(first in text and _has_any(text, marks) for first, marks in _MARKS.items()):
        return text
    text = _BRACKETED.sub(lambda found: "." if found[1].isalpha() else found[1], text)
    text = _SCHEME.sub(r"\1://", _DISARMED.sub("http", text))
    return _HOST.sub(lambda found: found[0].replace(" ", ""), text)


def _has_any(text: str, marks: tuple[str, ...]) -> bool:
    return any(mark in text for mark in marks)
