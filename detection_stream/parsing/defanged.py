"""Puts URLs together that are written so that no program makes them clickable (``hxxp``, ``[.]``).

A lure does it to pass filters, and tells its reader what to type.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

MARKS: Final = {
    "brackets": r"[\[({][ \t]{0,2}(\.|dot|punkt|:|:?//?)[ \t]{0,2}[\])}]",
    "crosses": r"h(xx|\*\*)ps?[ :]",
    "gaps": r"https?( :|: /|:/ |:// |:\\)",
    "spaces": r"(://|www)\S* \. \S",
}
"""What a text has one of where there is such a URL (see :class:`quick_search.Marks`)."""

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


def armed(text: str, marks: Set[str]) -> str:
    """The text with URLs as their reader is meant to put them together.

    ``marks`` are the names of those that it has.
    """
    if "brackets" in marks:
        text = _BRACKETED.sub(lambda found: "." if found[1].isalpha() else found[1], text)
    if marks & {"brackets", "crosses"}:
        text = _DISARMED.sub("http", text)
    if marks & {"brackets", "crosses", "gaps"}:
        text = _SCHEME.sub(r"\1://", text)
    if " . " in text:
        text = _HOST.sub(lambda found: found[0].replace(" ", ""), text)
    return text
