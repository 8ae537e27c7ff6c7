"""Finds where a link leads that goes through another host first. Nothing is ever followed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from detection_stream.model.message import Link
from detection_stream.parsing import limits
from detection_stream.parsing.domains import within
from detection_stream.parsing.hosts import host_of
from detection_stream.parsing.url_lists import url_list

MAX_UNWRAPPED: Final = 4
"""Redirectors one within another that are unwrapped."""

_NESTED = re.compile(
    r"(?:[?&#;/=]|\A)(?:[\w.-]{1,40}=)?(https?(?::|%3a|%253a)(?:/|\\|%2f|%252f|%5c){1,9}[^\s&]{3,2000})",
    re.IGNORECASE,
)
_PROOFPOINT_2 = re.compile(r"[?&]u=([^&]{4,2000})")
_SOPHOS = re.compile(r"[?&]u=([A-Za-z0-9+/_-]{8,2000})")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_SCHEME = re.compile(r"(https?):[\\/]*", re.IGNORECASE)


def with_destinations(links: Iterable[Link]) -> tuple[Link, ...]:
    """Each link once, followed by those that it carries within it.

    A link that a gateway has rewritten is replaced by the one that its sender wrote.
    """
    found: dict[Link, None] = {}
    for link in links:
        targets = destinations(link.url)
        text = link.text
        if targets and within(link.host, url_list("rewriters")):
            found[Link(targets[0], host_of(targets[0]), text)] = None
            del targets[0]
        else:
            found[link] = None
        for target in targets:
            found.setdefault(Link(target, host_of(target), ""))
    return tuple(found)


def destinations(url: str) -> list[str]:
    """The URLs that ``url`` carries within it, outermost first; empty if it is no redirector."""
    found: list[str] = []
    for _ in range(MAX_UNWRAPPED):
        inner = _inner(url)
        if not inner:
            break
        found.append(inner)
        url = inner
    return found


def _inner(url: str) -> str:
    if "http" not in url[8:] and "HTTP" not in url[8:] and "sophos" not in url:
        return ""
    start = _SCHEME.match(url)
    inner = _special(url) or _nested(url[start.end() if start else 0 :])
    return inner[: limits.MAX_URL_LENGTH] if inner and host_of(inner) else ""


def _nested(rest: str) -> str:
    """A URL in the path or in the query; ``rest`` is without the scheme of its own."""
    found = _NESTED.search(rest)
    if not found:
        return ""
    inner = found[1]
    # An encoded one ends where it does; one that is not encoded may have a query of its own.
    encoded = _SCHEME.match(inner) is None
    for _ in range(MAX_UNWRAPPED):
        if not encoded or not _PERCENT.search(inner):
            break
        inner = unquote(inner)
        encoded = _SCHEME.match(inner) is None
    return _SCHEME.sub(r"\1://", inner, count=1)


def _special(url: str) -> str:
    """The target in the notations that are no plain URL."""
    host = host_of(url)
    if host == "urldefense.proofpoint.com" and (found := _PROOFPOINT_2.search(url)):
        return unquote(found[1].replace("-", "%").replace("_", "/"))
    if within(host, frozenset(("urldefense.com", "urldefense.us"))):
        target, ended, _ = url.partition("/v3/__")[2].partition("__;")
        return _SCHEME.sub(r"\1://", target, count=1) if ended else ""
    if within(host, frozenset(("protection.sophos.com",))) and (coded := _SOPHOS.search(url)):
        try:
            return base64.urlsafe_b64decode(coded[1] + "=" * (-len(coded[1]) % 4)).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
