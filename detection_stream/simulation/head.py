"""The head of a real message, and how a simulated one takes its shape.

Simulated mail, attack or not, gets a head that the organisation has really received, with other
names, hosts, dates and identifiers in it. So nothing in its make gives the class away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from zlib import crc32

from detection_stream.model.message import Address
from detection_stream.parsing.domains import registrable
from detection_stream.parsing.mail_head import read_head
from detection_stream.simulation.dice import Dice

TRACE = ("return-path", "received", "authentication-results", "received-spf", "dkim-signature")
PROGRAM = (
    *("x-mailer", "user-agent", "x-originating-ip", "accept-language", "content-language"),
    *("x-priority", "x-originating-client"),
)
BULK = (
    *("list-id", "list-unsubscribe", "list-unsubscribe-post", "precedence", "feedback-id"),
    *("auto-submitted", "x-auto-response-suppress"),
)
_REPLACED = ("from", "to", "subject", "date", "message-id")
_NAMES = {
    "dkim-signature": "DKIM-Signature",
    "message-id": "Message-ID",
    "x-originating-ip": "X-Originating-IP",
    "list-id": "List-Id",
    "received-spf": "Received-SPF",
}
MAX_FIELDS = 60

_DATE = re.compile(r"(?:\w{3}, +)?\d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}")
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_PRIVATE = re.compile(r"10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.")
_SHIFTED = re.compile(r"(\bid |\bb=|\bbh=|\bbounces?[+-])([A-Za-z0-9+/=_.-]+)")
_WORD_END = r"(?![\w-])"


@dataclass(frozen=True, slots=True)
class Head:
    """Fields of a real message in order (names in lower case), who wrote it, when (Unix seconds).

    ``encoding`` and ``shape`` (``plain``, ``html`` or ``alternative``) are those of its body.
    """

    fields: tuple[tuple[str, str], ...]
    author: Address
    readers: tuple[str, ...]
    at: int
    shape: str
    encoding: str


def head_of(raw: bytes, author: Address, readers: tuple[str, ...], at: int, shape: str) -> Head:
    """The head of a message, without fields that a simulated one could not have."""
    wanted = (*TRACE, *PROGRAM, *BULK, *_REPLACED)
    read = read_head(raw).fields
    fields = [(n, " ".join(v.decode("utf-8", "replace").split())) for n, v in read if n in wanted]
    encodings = [
        v.decode("ascii", "replace").strip().lower()
        for n, v in read
        if n == "content-transfer-encoding"
    ]
    encoding = encodings[0] if encodings else "quoted-printable"
    if encoding not in {"7bit", "8bit", "base64"}:
        encoding = "quoted-printable"
    return Head(tuple(fields[:MAX_FIELDS]), author, readers, at, shape, encoding)


@dataclass(frozen=True, slots=True)
class NewHead:
    """What a simulated message has instead.

    ``results`` are those to be reported instead of the real ones (by method), ``origin`` names
    what the addresses of hosts are drawn from; empty: those of the real message. ``bulk`` keeps
    fields of bulk mail. An ``intruder`` writes from another network than the mailbox's owner.
    """

    author: Address
    reader: str
    at: int
    results: Mapping[str, str]
    origin: str
    bulk: bool
    header_from: str = ""
    intruder: bool = False


def retold(head: Head, new: NewHead, dice: Dice) -> Iterator[tuple[str, str]]:
    """Fields above the ones that the author writes, then those of the author's program."""
    swap = _Swap(head, new, dice)
    abroad = (
        _Swap(head, replace(new, origin=f"abroad {dice.hex(8)}"), dice) if new.intruder else swap
    )
    hops = sum(name == "received" for name, _ in head.fields)
    for name, value in head.fields:
        if name in TRACE:
            hops -= name == "received"
            first = name == "received" and not hops
            told = (abroad if first else swap).text(_reported(value, new))
            yield _written(name), told
    for name, value in head.fields:
        if name in PROGRAM or (name in BULK and new.bulk):
            yield _written(name), (abroad if name == "x-originating-ip" else swap).text(value)


def message_id(head: Head, new: NewHead, dice: Dice) -> str:
    """An identifier of the shape of the real one, without brackets."""
    real = next((v for n, v in head.fields if n == "message-id"), "").strip("<> ")
    local, _, domain = real.rpartition("@")
    if len(local) < 8:
        return f"{dice.hex(12)}.{dice.hex(8)}@{new.author.domain}"
    drawn = "".join(_drawn(letter, dice) for letter in local)
    return f"{drawn}@{_Swap(head, new, dice).text(domain)}"


def _drawn(letter: str, dice: Dice) -> str:
    if letter.isdigit():
        return dice.digits(1)
    if letter in "abcdef":
        return dice.pick("abcdef")
    if letter in "ABCDEF":
        return dice.pick("ABCDEF")
    if letter.isascii() and letter.isalpha():
        return dice.pick("GHJKLMNPQRSTUVWXYZ" if letter.isupper() else "ghjkmnpqrstuvwxyz")
    return letter


def _written(name: str) -> str:
    return _NAMES.get(name) or "-".join(word.capitalize() for word in name.split("-"))


def _reported(value: str, new: NewHead) -> str:
    if not new.results and not new.header_from:
        return value
    for method, result in new.results.items():
        value = re.sub(rf"\b{method}=\w+(?: \([^)]*\))?", f"{method}={result}", value)
    if new.header_from:
        value = re.sub(r"header\.from=[^\s;]+", f"header.from={new.header_from}", value)
    return value


class _Swap:
    """Replaces names, hosts, dates and identifiers in the text of a field."""

    def __init__(self, head: Head, new: NewHead, dice: Dice) -> None:
        self._new, self._seed = new, dice.between(0, 1 << 30)
        self._later = timedelta(seconds=new.at - head.at)
        old, domain = head.author, registrable(head.author.domain) or head.author.domain
        pairs = {old.address: new.author.address}
        pairs |= dict.fromkeys(filter(None, head.readers), new.reader)
        if new.origin and domain:
            pairs |= {old.domain: new.author.domain, domain: new.author.domain}
            pairs |= {domain.replace(".", "-"): new.author.domain.replace(".", "-")}
        found = sorted((name for name in pairs if name), key=len, reverse=True)
        self._pairs = {name.lower(): pairs[name] for name in found}
        self._names = (
            re.compile(
                rf"(?<![\w-])(?:{'|'.join(map(re.escape, found))}){_WORD_END}", re.IGNORECASE
            )
            if found
            else None
        )
        self._own_host = domain

    def text(self, value: str) -> str:
        """The text with everything replaced."""
        shared = bool(self._own_host) and self._own_host not in value
        value = _DATE.sub(self._date, value)
        value = _SHIFTED.sub(lambda found: found[1] + self._token(found[2]), value)
        if self._new.origin:
            value = _IP.sub(lambda found: self._address(found[0], shared=shared), value)
        if self._names:
            value = self._names.sub(lambda found: self._pairs[found[0].lower()], value)
        return value

    def _token(self, token: str) -> str:
        """Another identifier of the same shape, the same wherever the token stands."""
        if not any(letter.isalpha() for letter in token):
            return token
        dice = Dice(self._seed, token)
        return "".join(_drawn(letter, dice) for letter in token)

    def _date(self, found: re.Match[str]) -> str:
        try:
            return format_datetime(parsedate_to_datetime(found[0]) + self._later)
        except (ValueError, TypeError, OverflowError):
            return found[0]

    def _address(self, ip: str, *, shared: bool) -> str:
        """Another address, the same for one origin; within the network if others share the host."""
        if _PRIVATE.match(ip):
            return ip
        first, second, third, last = ip.split(".")
        number = crc32(f"{self._new.origin} {first}.{second}".encode())
        if shared:
            return f"{first}.{second}.{third}.{1 + (int(last) + number) % 250}"
        return f"{23 + number % 160}.{(number >> 8) % 256}.{(number >> 16) % 256}.{last}"
