"""Header values as text, read when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import TypeVar, overload

from detection_stream.parsing import limits
from detection_stream.parsing.encoded_words import decode_words
from detection_stream.parsing.mail_head import Fields

_T = TypeVar("_T")


def repeated(headers: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> list[str]:
    """Those of the names that have several values, which are not read for it."""
    values: Mapping[str, Sized] = headers.raw if isinstance(headers, Headers) else headers
    return [name for name in names if name in values and len(values[name]) > 1]


def unfold(value: bytes) -> str:
    """One header value as text on one line; bytes that are not UTF-8 are read as windows-1252."""
    value = value[: limits.MAX_HEADER_LENGTH]
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")
    if "\n" in text:
        # A third of the time of a regular expression.
        lines = text.replace("\r\n", "\n").split("\n")
        text = " ".join([line.lstrip(" \t") for line in lines])
    # Mail programs show no NUL, so one within a word must not hide it.
    return (text.replace("\0", "") if "\0" in text else text).strip()


class Headers(Mapping[str, tuple[str, ...]]):
    """The values of each field name (lower case), unfolded and decoded, in order.

    Most are never read, so each is decoded when it first is; ``raw`` has them as they are.
    """

    __slots__ = ("_read", "raw")

    def __init__(self, fields: Fields) -> None:
        self.raw: dict[str, list[bytes]] = {}
        self._read: dict[str, tuple[str, ...]] = {}
        for name, value in fields:
            self.raw.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        found = self._read.get(name)
        if found is None:
            values = map(unfold, self.raw[name])
            found = self._read[name] = tuple([decode_words(value).strip() for value in values])
        return found

    @overload
    def get(self, name: str, default: None = None, /) -> tuple[str, ...] | None: ...
    @overload
    def get(self, name: str, default: tuple[str, ...], /) -> tuple[str, ...]: ...
    @overload
    def get(self, name: str, default: _T, /) -> tuple[str, ...] | _T: ...
    def get(self, name: str, default: object = None, /) -> object:
        """Like that of a dict; a missing name costs no exception."""
        return self[name] if name in self.raw else default

    def __contains__(self, name: object) -> bool:
        return name in self.raw

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __repr__(self) -> str:
        return f"Headers({dict(self)!r})"

    def undecoded(self, name: str) -> list[str]:
        """The values of a name, unfolded, their encoded words still encoded."""
        return list(map(unfold, self.raw.get(name, ())))
