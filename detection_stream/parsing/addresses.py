"""Parses the mailboxes of address headers (RFC 5322, section 3.4) as mail programs show them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, pairwise

from detection_stream.model.message import Address
from detection_stream.parsing import limits
from detection_stream.parsing.domains import in_ascii
from detection_stream.parsing.encoded_words import decode_words
from detection_stream.short_cache import short_cache

ADDRESS_HEADERS = ("from", "to", "cc", "bcc", "reply-to")

_MAX_NAME_LENGTH = 998
_MAX_ADDRESS_LENGTH = 320
_MAX_DOMAIN_LENGTH = 255
_MARK = re.compile(r'["(<\[:;]')
_BARE = re.compile(r'[^<>"(),;:@\s]+@[^<>"(),;:@\s]+')
_QUOTED_LOCAL = re.compile(r'\A("(?:[^"\\]|\\.)++")@([^<>"(),;:@\s]+)')
_COMMENT = re.compile(r"\([^()]*+\)")
_SAFE_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+")
_USUAL = re.compile(r"""(?:"([^"\\<>=]*+)" ?|([\w .'=?-]*+))<([\w.+=-]++@[\w.-]++)>""", re.ASCII)
_SIMPLE = re.compile(r"\s*+([\w.+'=&/-]++@[\w.-]++)\s*+", re.ASCII)
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+"?'  # a quoted name
    r"|\((?:[^()\\]|\\.)*+\)?"  # a comment
    r'|<(?:[^<>,;"]|"(?:[^"\\]|\\.)*+")*+>?'  # an address
    r'|[,;:]|[^"(<,;:]+',
    re.DOTALL,
)


_OPENING = {'"': '"', "(": ")"}


def mailbox(name: str, address: str) -> Address:
    """An :class:`Address` from a decoded name and a raw address."""
    return _mailbox(name[:_MAX_NAME_LENGTH], address[:_MAX_ADDRESS_LENGTH])


@short_cache(16_384)
def _mailbox(name: str, address: str) -> Address:
    return Address(name=" ".join(name.split()).strip("\"' "), address=address_spec(address))


def address_spec(text: str) -> str:
    """``local@domain`` in lower case, as a mail server would compare it; empty if unreadable.

    Comments, blanks, routes and ``mailto:`` are left out, a local part loses quotes that it does
    not need, and a domain in other letters is in its ASCII form (RFC 5890). What has two unquoted
    ``@`` is unreadable: programs differ in which of them counts.
    """
    text = _COMMENT.sub(" ", text).strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    if text.startswith("@"):
        text = text.rpartition(":")[2]
    if quoted := _QUOTED_LOCAL.fullmatch(text):
        local = quoted[1][1:-1].replace('\\"', '"').replace("\\\\", "\\")
        local = local if _SAFE_LOCAL.fullmatch(local) else quoted[1]
        return f"{local}@{_domain(quoted[2])}".lower()
    text = _without_blanks(text)
    local, at, domain = text.partition("@")
    if "@" in domain:
        return ""
    return f"{local}{at}{_domain(domain)}".lower()


def _domain(text: str) -> str:
    text = text.rstrip(".")
    return text if text.isascii() or len(text) > _MAX_DOMAIN_LENGTH else in_ascii(text)


def parse_addresses(values: Iterable[str]) -> tuple[Address, ...]:
    """Every mailbox of the raw values of one header, groups flattened.

    The values must still hold their encoded words: decoding first would let an encoded comma or
    ``@`` pass for structure. Only where nothing else is an address is what they hold read as one.
    """
    found = [_parse(value[: limits.MAX_HEADER_LENGTH]) for value in values]
    return found[0] if len(found) == 1 else tuple(chain.from_iterable(found))


@short_cache(4_096, 256)
def _parse(value: str) -> tuple[Address, ...]:
    found = _mailboxes(value)
    if "=?" in value and not any(one.address for one in found):
        decoded = decode_words(value)
        if decoded != value and any(one.address for one in _mailboxes(decoded)):
            return _mailboxes(decoded)
    return found


@dataclass(slots=True)
class _Mailbox:
    """The pieces of one mailbox, in order; ``angles`` are the texts in angle brackets."""

    words: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    comment: str = ""

    def addresses(self) -> list[Address]:
        """It, and one for each further text in angle brackets."""
        if len(self.angles) > 1:
            self.angles = list(filter(None, self.angles)) or self.angles[:1]
        return [self._first(), *[mailbox("", angle) for angle in self.angles[1:]]]

    def _first(self) -> Address:
        text = "".join(self.words).strip()
        if self.angles:
            name = _unquoted(text).strip("<>")
            return mailbox(decode_words(name or self.comment), self.angles[0])
        if quoted := self._quoted_local():
            name = self.comment or text.replace(quoted, "", 1)
            return mailbox(decode_words(_unquoted(name)), quoted)
        text = _unquoted(text)
        if "@" not in text:
            return mailbox(decode_words(text), "")
        joined = _without_blanks(text.strip("' "))
        if _BARE.fullmatch(joined):
            return mailbox(decode_words(self.comment), joined)
        # The last word with an @ is the address, the others are the name.
        address = next((word for word in reversed(text.split()) if _BARE.fullmatch(word)), "")
        before, _, after = text.rpartition(address) if address else ("", "", text)
        return mailbox(decode_words(self.comment or before + after), address)

    def _quoted_local(self) -> str:
        """An address whose local part is quoted; empty if there is none."""
        for word, following in pairwise(self.words):
            if word.startswith('"') and following.startswith("@"):
                return word + following.split(None, 1)[0]
        return ""


def _without_blanks(text: str) -> str:
    """The text without white space around ``@`` and dots."""
    text = " ".join(text.split())
    for mark in "@.":
        text = text.replace(f" {mark}", mark).replace(f"{mark} ", mark)
    return text


def _unquoted(text: str) -> str:
    if '"' not in text:
        return text
    return text.replace('\\"', "\0").replace('"', "").replace("\0", '"')


def _mailboxes(value: str) -> tuple[Address, ...]:
    if usual := _USUAL.fullmatch(value):
        return (mailbox(usual[1] or decode_words(usual[2] or ""), usual[3]),)
    if not _MARK.search(value):
        simple = [_SIMPLE.fullmatch(part) for part in value.split(",")]
        if all(simple):
            return tuple([mailbox("", found[1]) for found in simple if found])
        return _named([_Mailbox([part]) for part in value.split(",")])
    found: list[_Mailbox] = []
    one = _Mailbox()
    for token in _TOKEN.findall(value + ","):
        first = token[0]
        if first in _OPENING and (len(token) == 1 or token[-1] != _OPENING[first]):
            # Unclosed, it would hide everything after it.
            return _mailboxes(value.replace(first, " "))
        if first == "(":
            one.comment = one.comment or token.strip("()")
        elif first == "<":
            one.angles.append(token.strip("<> "))
        elif first == ":" and not one.angles:
            one.words.clear()
        elif first in ",;":
            found.append(one)
            one = _Mailbox()
        else:
            one.words.append(token)
    return _named(found)


def _named(found: list[_Mailbox]) -> tuple[Address, ...]:
    """The mailboxes that are one; a name with commas is put together again."""
    rejoined: list[_Mailbox] = []
    for one in found:
        before = rejoined[-1] if rejoined else None
        if one.angles and one.words and before and before.words and not before.angles:
            own = "".join(one.words)
            if "@" not in "".join(before.words) and any(map(str.isalnum, own)):
                one.words = [*before.words, ",", *one.words]
                rejoined.pop()
        rejoined.append(one)
    addresses: list[Address] = []
    for one in rejoined:
        addresses += one.addresses()
    return tuple([one for one in addresses if one.name or one.address])
