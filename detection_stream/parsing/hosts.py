"""The host that a URL leads to, as a browser reads it (URL standard, sections 3.5 and 4.4)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from detection_stream.parsing.domains import in_ascii
from detection_stream.parsing.url_lists import url_list
from detection_stream.short_cache import short_cache

_AUTHORITY = re.compile(r"(?:https?|ftp):[\\/]*([^\\/?#]*)|[\\/]{2,}([^\\/?#]*)", re.IGNORECASE)
_BARE = re.compile(r"(?:[^\s\\/?#:@.]{1,63}\.){1,10}[a-z]{2,24}(?=[:/?#\\]|\Z)", re.IGNORECASE)
_NUMBER = re.compile(r"0x[0-9a-f]{0,16}|[0-9]{1,20}")
_MAX_DOMAIN = 255


@short_cache(8_192, 512)
def host_of(url: str) -> str:
    """The host a browser would contact, lower case; empty for mailto, javascript, tel and paths.

    User, port, percent encoding and backslashes are resolved the way browsers do, numbers are
    written as IP addresses, other letters in their ASCII form. A URL without a scheme has a host if
    it starts like one.
    """
    if match := _AUTHORITY.match(url):
        authority = match[1] or match[2] or ""
    elif bare := _BARE.match(url):
        if bare[0].rpartition(".")[2].lower() in url_list("file_types"):
            return ""
        authority = bare[0]
    else:
        return ""
    return host_of_authority(authority)


def host_of_authority(authority: str) -> str:
    """The host of what stands between the slashes of a URL."""
    host = authority.rpartition("@")[2]
    if "%" in host:
        host = unquote(host)
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    host = host.partition(":")[0]
    if not host.isascii():
        host = _folded(host)
    host = host.strip(". ").lower()
    return _as_address(host) if host[-1:].isalnum() and _ends_in_number(host) else host


def _folded(host: str) -> str:
    # Full-width letters and ideographic full stops are treated as ordinary ones by browsers.
    host = unicodedata.normalize("NFKC", host)[:_MAX_DOMAIN].replace("\u3002", ".")
    if host.isascii():
        return host
    return in_ascii(host.strip(". "))


def _ends_in_number(host: str) -> bool:
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _as_address(host: str) -> str:
    """A host of decimal, octal or hexadecimal numbers as an IPv4 address, unchanged if it is none.

    The last of up to four numbers fills the bytes that are left.
    """
    pieces = host.split(".")
    if len(pieces) > 4 or not all(map(_NUMBER.fullmatch, pieces)):
        return host
    try:
        numbers = list(map(_number, pieces))
    except ValueError:
        return host
    last = 256 ** (5 - len(numbers))
    if max(numbers[:-1], default=0) > 255 or numbers[-1] >= last:
        return host
    value = numbers[-1] + sum(
        number << 8 * (3 - place) for place, number in enumerate(numbers[:-1])
    )
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if len(text) > 1 and text.startswith("0") else int(text)
