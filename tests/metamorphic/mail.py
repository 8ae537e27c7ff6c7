"""A received mail, cut into what the gateway wrote and what the sender wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from email.header import decode_header, make_header
from email.utils import parseaddr

_FIELD = re.compile(rb"[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*")
_MIME = ("content-type", "content-transfer-encoding", "content-disposition", "mime-version")


@dataclass(frozen=True, slots=True)
class Field:
    """A header field; ``value`` may be folded."""

    name: str
    value: str

    def line(self) -> bytes:
        """As it stands in a mail."""
        return f"{self.name}: {self.value}\r\n".encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Mail:
    """``gateway`` are the fields of the receiving host, which no sender can remove or precede.

    ``fields`` and ``body`` are the sender's.
    """

    gateway: tuple[Field, ...]
    fields: tuple[Field, ...]
    body: bytes

    @property
    def raw(self) -> bytes:
        """The mail as received."""
        head = b"".join(field.line() for field in (*self.gateway, *self.fields))
        return head + b"\r\n" + self.body

    def first(self, name: str) -> str:
        """The value of the sender's first field of a name; empty if there is none."""
        return next((one.value for one in self.fields if one.name.lower() == name.lower()), "")

    def address(self, name: str) -> tuple[str, str]:
        """Display name, decoded, and address of the first mailbox of a field."""
        shown, address = parseaddr(self.first(name).replace("\r\n", ""))
        return str(make_header(decode_header(shown))), address

    def on_top(self, *fields: Field) -> Mail:
        """With fields directly below those of the gateway."""
        return replace(self, fields=(*fields, *self.fields))

    def below(self, *fields: Field) -> Mail:
        """With fields below all others."""
        return replace(self, fields=(*self.fields, *fields))

    def without(self, *names: str) -> Mail:
        """Without the sender's fields of these names."""
        unwanted = {name.lower() for name in names}
        kept = tuple(one for one in self.fields if one.name.lower() not in unwanted)
        return replace(self, fields=kept)

    def having(self, name: str, value: str) -> Mail:
        """With this one field of the name, where the first one was, or below all others."""
        mine = Field(name, value)
        places = [at for at, one in enumerate(self.fields) if one.name.lower() == name.lower()]
        if not places:
            return self.below(mine)
        kept = [mine if at == places[0] else one for at, one in enumerate(self.fields)]
        return replace(
            self, fields=tuple(one for at, one in enumerate(kept) if at not in places[1:])
        )

    def changed(self, name: str, change: Callable[[str], str]) -> Mail:
        """With the value of the sender's first field of a name changed, where there is one."""
        value = self.first(name)
        return self.having(name, change(value)) if value else self

    def with_content(self, content: bytes) -> Mail:
        """With another body; ``content`` begins with its MIME fields and an empty line."""
        head, _, body = content.partition(b"\r\n\r\n")
        return replace(self.without(*_MIME).below(*_fields(head + b"\r\n")), body=body)


def split(raw: bytes) -> Mail:
    """Cut a mail of the demo: Return-Path, top Received and the results below it are the gateway's.

    Line ends may be LF or CRLF.
    """
    if b"\r\n" not in raw[:1_000]:
        raw = raw.replace(b"\n", b"\r\n")
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = _fields(head + b"\r\n")
    mine = 2
    if fields[mine].name == "Authentication-Results":
        mine += 1
    return Mail(tuple(fields[:mine]), tuple(fields[mine:]), body)


def _fields(head: bytes) -> list[Field]:
    return [_field(found.decode("utf-8", "surrogateescape")) for found in _FIELD.findall(head)]


def _field(line: str) -> Field:
    name, _, value = line.partition(":")
    return Field(name, value.strip(" \t").removesuffix("\r\n"))


def fields(lines: Iterable[tuple[str, str]]) -> tuple[Field, ...]:
    """Fields of pairs of name and value."""
    return tuple(Field(name, value) for name, value in lines)
