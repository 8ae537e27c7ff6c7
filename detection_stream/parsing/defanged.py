"""Puts URLs together that are written so that no program makes them clickable (``hxxp``, ``[.]``).

A lure does it to pass filters, and tells its reader what to type.
"""

from __future__ import annotations

import re
from typing import Final

# What each kind has one of: looking for these is faster than the expressions, and for the single
# characters and the rest of a scheme that they are found behind, faster still.
_BRACKETS: Final = {
    "[": ("[.", "[dot", "[ dot", "[DOT", "[punkt", "[:", "[/"),
    "(": ("(.)", "(dot", "( dot", "(DOT", "(punkt"),
    "{": ("{.}", "{dot"),
}
_CROSSES: Final = ("xxp", "XXp", "XXP", "h**p")
_SCHEMES: Final = ("ttp", "TTP")
_GAPS: Final = ("p :", "p: /", ":/ /", ":// ", "p:\\", "s :", "s: /", "s:\\", "P :", "S :")
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
    if any(bracket in text and _has_any(text, marks) for bracket, marks in _BRACKETS.items()):
        text = _BRACKETED.sub(lambda found: "." if found[1].isalpha() else found[1], text)
    if _has_any(text, _CROSSES):
        text = _DISARMED.sub("http", text)
    if _has_any(text, _SCHEMES) and _has_any(text, _GAPS):
        text = _SCHEME.sub(r"\1://", text)
    if " . " in text:
        text = _HOST.sub(lambda found: found[0].replace(" ", ""), text)
    return text


def _has_any(text: str, marks: tuple[str, ...]) -> bool:
    for mark in marks:  # noqa: SIM110 - a generator takes longer than the search
        if mark in text:
            return True
    return False
