"""Parses the mailboxes of address headers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from detection_stream.model.message import Address
from detection_stream.parsing import limits
from detection_stream.parsing.headers import decode_words
from detection_stream.short_cache import short_cache

ADDRESS_HEADERS = ("from", "to", "cc", "bcc", "reply-to")

_MAX_NAME_LENGTH = 998
_MAX_ADDRESS_LENGTH = 320
_MARK = re.compile(r'["(<:;]')
_BARE = re.compile(r'[^<>"(),;:@]+@[^<>"(),;:]+')
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+"?'  # a quoted name
    r"|\((?:[^()\\]|\\.)*+\)?"  # a comment
    r"|<[^<>,;]*+>?"  # an address
    r'|[,;:]|[^"(<,;:]+',
    re.DOTALL,
)


def mailbox(name: str, address: str) -> Address:
    """An :class:`Address` from a decoded name and a raw address."""
    return _mailbox(name[:_MAX_NAME_LENGTH], address[:_MAX_ADDRESS_LENGTH])


@short_cache(16_384)
def _mailbox(name: str, address: str) -> Address:
    return Address(name=" ".join(name.split()).strip("\"' "), address=address.strip().lower())


def parse_addresses(values: Iterable[str]) -> tuple[Address, ...]:
    """Every mailbox of the raw values of one header, groups flattened.

    The values must still hold their encoded words: decoding first would let an encoded comma or
    ``@`` pass for structure.
    """
    found = [_parse(value[: limits.MAX_HEADER_LENGTH]) for value in values]
    return found[0] if len(found) == 1 else tuple(chain.from_iterable(found))


@short_cache(4_096, 256)
def _parse(value: str) -> tuple[Address, ...]:
    if not _MARK.search(value):
        return _named([_finish([part], "", "") for part in value.split(",")])
    found: list[Address] = []
    words: list[str] = []
    comment = angle = ""
    for token in _TOKEN.findall(value + ","):
        first = token[0]
        if first == '"':
            if len(token) == 1 or token[-1] != '"':
                # An unclosed quote would hide everything after it.
                return _parse(value.replace('"', " "))
            words.append(token[1:-1].replace('\\"', '"'))
        elif first == "(":
            comment = comment or token.strip("()")
        elif first == "<":
            angle = angle or token
        elif first == ":" and not angle:
            words.clear()
        elif first in ",;":
            if angle or words:
                found.append(_finish(words, angle, comment))
            words, comment, angle = [], "", ""
        else:
            words.append(token)
    return _named(found)


def _named(found: list[Address]) -> tuple[Address, ...]:
    return tuple([one for one in found if one.name or one.address])


def _finish(words: list[str], angle: str, comment: str) -> Address:
    text = "".join(words).strip()
    if angle:
        return mailbox(decode_words(text or comment), angle.strip("<> "))
    if _BARE.fullmatch(text) and " " not in text:
        return mailbox(decode_words(comment), text)
    if "@" in text:
        # The last word with an @ is the address, the others are the name.
        address = next((word for word in reversed(text.split()) if _BARE.fullmatch(word)), "")
        return mailbox(decode_words(comment or text.replace(address, "", 1)), address)
    return mailbox(decode_words(text), "")
