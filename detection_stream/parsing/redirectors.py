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
from detection_stream.parsing.domains import is_public, within
from detection_stream.parsing.hosts import host_of
from detection_stream.parsing.url_lists import url_list

MAX_UNWRAPPED: Final = 4
"""Redirectors one within another that are unwrapped."""

_NESTED = re.compile(
    r"(?:[?&#;/=]|\A)(?:[\w.-]{1,40}=)?(https?(?::|%3a|%253a)(?:/|\\|%2f|%252f|%5c){1,9}[^\s&]{3,2000})",
    re.IGNORECASE,
)
_PROOFPOINT_2 = re.compile(r"[?&]u=([^&]{4,2000})")
# Base64 of "http" begins like this; Bing writes "a1" before it.
_BASE64 = re.compile(r"[=/](?:a1)?(aHR0c[A-Za-z0-9+/_-]{8,2000})")
# A host without a scheme, in a path for fast pages or as the value that a redirector takes.
_NO_SCHEME = re.compile(
    r"/amp/(?:s/)?([^\s?#]{4,2000})|[?&](?:q|u|url|to|target)=([^\s&#]{4,2000})", re.IGNORECASE
)
_RELATIVE = re.compile(r"[?&][\w.-]{1,40}=((?:/|%2f){2}[^\s&#]{4,2000})", re.IGNORECASE)
_MIMECAST = re.compile(r"[?&]domain=([a-z0-9.-]{4,253})", re.IGNORECASE)
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_SCHEME = re.compile(r"(https?):[\\/]*", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[a-z]{2,20}:(?![\\/])", re.IGNORECASE)
# What every URL that leads on has one of; most have none.
_HINT = re.compile(
    r"http|aHR0c|/amp/|=(?:/|%2f){2}|[?&](?:q|u|url|to|target|domain)=", re.IGNORECASE
)
_PROOFPOINT: Final = frozenset(("urldefense.com", "urldefense.us"))
_MIMECAST_HOSTS: Final = frozenset(("mimecast.com", "mimecastprotect.com"))


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
    if not _HINT.search(url, 8):
        return ""
    host = host_of(url)
    start = _SCHEME.match(url)
    if not host or (not start and _OTHER_SCHEME.match(url)):
        return ""
    inner = (
        _of_gateway(url, host)
        or _nested(url[start.end() if start else 0 :])
        or _in_base64(url)
        or _without_scheme(url, host)
    )
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


def _of_gateway(url: str, host: str) -> str:
    """The target in the notations of gateways; of Mimecast's only the host can be read."""
    if host == "urldefense.proofpoint.com" and (found := _PROOFPOINT_2.search(url)):
        return unquote(found[1].replace("-", "%").replace("_", "/"))
    if within(host, _PROOFPOINT):
        target, ended, _ = url.partition("/v3/__")[2].partition("__;")
        return _SCHEME.sub(r"\1://", target, count=1) if ended else ""
    if within(host, _MIMECAST_HOSTS) and (found := _MIMECAST.search(url)):
        return f"https://{found[1]}/"
    return ""


def _in_base64(url: str) -> str:
    found = _BASE64.search(url)
    if not found:
        return ""
    coded = found[1].replace("+", "-").replace("/", "_")
    try:
        inner = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return inner if _SCHEME.match(inner) else ""


def _without_scheme(url: str, host: str) -> str:
    """A host alone, where a browser or a service known to redirect takes it for one."""
    if found := _RELATIVE.search(url):
        return unquote(found[1])
    if not within(host, url_list("redirectors")) or not (found := _NO_SCHEME.search(url)):
        return ""
    inner = unquote(found[1] or found[2])
    return inner if is_public(host_of(inner)) else ""
