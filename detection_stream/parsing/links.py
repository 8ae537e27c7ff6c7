"""Finds URLs in plain text and their hosts. Nothing is ever fetched."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from detection_stream.parsing import limits
from detection_stream.short_cache import short_cache

_SCHEME = re.compile(r"https?$", re.IGNORECASE)
_REST = re.compile(r"[^\s<>\"'`|]+")
_TRAILING = ".,;:!?)]}>*_"
_DROPPED = dict.fromkeys(map(ord, "\t\r\n"))
_AUTHORITY = re.compile(r"(?:https?|ftp):[\\/]*([^\\/?#]*)|[\\/]{2,}([^\\/?#]*)", re.IGNORECASE)
_BARE = re.compile(r"www\.[^\\/?#]*", re.IGNORECASE)
_CONTROLS = "".join(map(chr, range(0x21)))


def find_urls(text: str) -> list[str]:
    """The http, https and ``www.`` URLs of a plain text, each once, in order."""
    found: dict[str, None] = {}
    past = 0
    for start in _starts(text):
        if start < past:
            continue
        match = _REST.match(text, start)
        if match is None:
            continue
        past = match.end()
        found[match[0][: limits.MAX_URL_LENGTH].rstrip(_TRAILING)] = None
        if len(found) > limits.MAX_LINKS:
            break
    return list(found)


def _starts(text: str) -> list[int]:
    """Where a URL may begin. Searching for fixed strings is faster than one regular expression."""
    starts: list[int] = []
    at = text.find("://")
    while at >= 0:
        if match := _SCHEME.search(text, max(at - 5, 0), at):
            starts.append(match.start())
        at = text.find("://", at + 3)
    for prefix in ("www.", "WWW."):
        at = text.find(prefix)
        while at >= 0:
            if not at or not text[at - 1].isalnum():
                starts.append(at)
            at = text.find(prefix, at + 4)
    return sorted(starts)


def clean_url(url: str) -> str:
    """``url`` as browsers read it: no line breaks, no surrounding control characters, capped."""
    return url.translate(_DROPPED).strip(_CONTROLS)[: limits.MAX_URL_LENGTH]


@short_cache(8_192, 512)
def host_of(url: str) -> str:
    """The host a browser would contact, lower case; empty for mailto, javascript, tel and paths.

    User, port, percent encoding and backslashes are resolved the way browsers do.
    """
    match = _AUTHORITY.match(url)
    if match:
        authority = match[1] or match[2] or ""
    else:
        bare = _BARE.match(url)
        authority = bare[0] if bare else ""
    host = authority.rpartition("@")[2]
    if "%" in host:
        host = unquote(host)
    if not host.isascii():
        # Full-width letters and ideographic full stops are treated as ordinary ones by browsers.
        host = unicodedata.normalize("NFKC", host).replace("\u3002", ".")
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].strip(". ").lower()
