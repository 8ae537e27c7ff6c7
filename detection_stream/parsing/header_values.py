"""Reads structured header values: a value and its parameters (RFC 2045, 2183, 2231).

Mailers forget semicolons and quotes, put comments anywhere and encode as they like, and mail
programs understand them. What is doubled is kept, since programs differ in what they take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from detection_stream.parsing import limits
from detection_stream.parsing.charsets import decode
from detection_stream.parsing.encoded_words import decode_words
from detection_stream.short_cache import short_cache

MAX_PARAMETERS: Final = 64
"""Parameters of one value, pieces of a long one included."""

_COMMENT = r"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\))*+\)"
# What nearly all mailers write: parameters without comments, escapes or pieces.
_USUAL = re.compile(
    r"([\w.+-]++(?:/[\w.+-]++)?+)((?:;\s*+[\w-]++=(?:\"[^\"\\=]*+\"|[\w.+/:-]++))*+)\s*+;?\s*+",
    re.ASCII,
)
_USUAL_PARAMETER = re.compile(r";\s*+([\w-]++)=(?:\"([^\"]*+)\"|([\w.+/:-]++))", re.ASCII)
_SKIPPED = re.compile(rf"(?:[\s;,]|{_COMMENT})*+", re.DOTALL)
_MAIN = re.compile(r"[^\s;,(=\"]++(?:\s*+/\s*+[^\s;,(=\"]++)?+(?!\s{0,9}=)")
_SPACE = rf"(?:\s|{_COMMENT}){{0,99}}+"
_NAME = re.compile(rf"([^\s;,=\"()<>]{{1,99}}){_SPACE}={_SPACE}", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"([^\s;]{0,99})', re.DOTALL)
_BARE = re.compile(r"[^;]{0,2000}+")
_NEXT_NAME = re.compile(r"\s(?=[\w*.-]{1,40}\s{0,9}=)")
_LAST_COMMENT = re.compile(rf"\s{_COMMENT}\s*+\Z", re.DOTALL)
_NO_PARAMETER = re.compile(r"[^\s;]++")
_ESCAPED = re.compile(r'\\(["\\])')
_PIECE = re.compile(r"([^*]++)(?:\*(\d{1,3}))?+(\*)?+")


@dataclass(frozen=True, slots=True)
class HeaderValue:
    """``main`` is in lower case without white space, ``parameters`` has every value of each name.

    Names are in lower case, values decoded, extended values of RFC 2231 before others.
    """

    main: str = ""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        """The value of a parameter that programs take; empty if there is none."""
        values = self.parameters.get(name)
        return values[0] if values else ""


_EMPTY: Final = HeaderValue()


@short_cache(1_024)
def read_value(text: str) -> HeaderValue:
    """The parts of an unfolded header value; never raises."""
    if not text:
        return _EMPTY
    text = text[: limits.MAX_HEADER_LENGTH]
    if usual := _USUAL.fullmatch(text):
        return HeaderValue(usual[1].lower(), _usual_parameters(usual[2]))
    return _read_any(text)


def _usual_parameters(text: str) -> dict[str, tuple[str, ...]]:
    values: dict[str, tuple[str, ...]] = {}
    for spelled, quoted, bare in _USUAL_PARAMETER.findall(text)[:MAX_PARAMETERS]:
        name = spelled.lower()
        values[name] = (*values.get(name, ()), quoted or bare)
    return values


def _read_any(text: str) -> HeaderValue:
    if text.startswith("=?"):
        text = decode_words(text)
    start = _SKIPPED.match(text).end()  # type: ignore[union-attr] # it also matches nothing
    main = _MAIN.match(text, start)
    found = list(_parameters(text, main.end() if main else start))
    return HeaderValue(
        "".join(main[0].split()).lower() if main else "", _joined(found) if found else {}
    )


def _parameters(text: str, at: int) -> Iterator[tuple[str, str]]:
    for _ in range(MAX_PARAMETERS):
        at = _SKIPPED.match(text, at).end()  # type: ignore[union-attr] # it also matches nothing
        if at >= len(text):
            return
        if name := _NAME.match(text, at):
            value, at = _value(text, name.end())
            yield name[1].lower(), value
        else:
            junk = _NO_PARAMETER.match(text, at)
            at = junk.end() if junk else at + 1


def _value(text: str, at: int) -> tuple[str, int]:
    """The value that starts at an offset, and where it ends."""
    if quoted := _QUOTED.match(text, at):
        # Programs go on reading behind the quote: "invoice.pdf".exe
        return _ESCAPED.sub(r"\1", quoted[1]) + quoted[2], quoted.end()
    found = _BARE.match(text, at)
    value, end = (found[0], found.end()) if found else ("", at)
    if following := _NEXT_NAME.search(value):
        value, end = value[: following.start()], at + following.start()
    return _LAST_COMMENT.sub("", value).strip().strip('"'), end


def _joined(found: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    values: dict[str, list[str]] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in found:
        piece = _PIECE.fullmatch(name) if "*" in name else None
        if piece is None:
            values.setdefault(name, []).append(decode_words(value))
        else:
            number = int(piece[2] or 0)
            pieces.setdefault(piece[1], {}).setdefault(number, (value, bool(piece[3])))
    for name, parts in pieces.items():
        values.setdefault(name, []).insert(0, _extended([parts[one] for one in sorted(parts)]))
    return {name: tuple(each) for name, each in values.items()}


def _extended(pieces: list[tuple[str, bool]]) -> str:
    """The value of the pieces of RFC 2231, in order: text, and whether it is percent-encoded."""
    first, encoded = pieces[0]
    charset = ""
    if encoded and first.count("'") >= 2:
        charset, _, first = first.partition("'")
        first = first.partition("'")[2]
    content = [
        unquote_to_bytes(text) if escaped else text.encode("utf-8", "replace")
        for text, escaped in [(first, encoded), *pieces[1:]]
    ]
    value = decode(b"".join(content), charset)
    return value if encoded else decode_words(value)
