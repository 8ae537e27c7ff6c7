"""Rich Text Format, plain and as Outlook compresses it (MS-OXRTFCP), also with HTML inside of it
(MS-OXRTFEX).
"""

from __future__ import annotations

import re
from typing import Final

from detection_stream.parsing import limits
from detection_stream.parsing.charsets import decode
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.enclosure import Enclosure

_COMPRESSED: Final = b"LZFu"
_STORED: Final = b"MELA"
_HEADER: Final = 16
_KNOWN: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What both sides know before the first byte."""
_WINDOW: Final = 4_096
_SHORTEST: Final = 2
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])"
    rb"|[\r\n]++|([^\\{}\r\n]++)"
)
_BREAKS: Final = {
    b"par": b"\n", b"line": b"\n", b"row": b"\n", b"sect": b"\n", b"page": b"\n",
    b"tab": b"\t", b"cell": b"\t",
}  # fmt: skip
_SILENT: Final = frozenset({b"~", b"-", b"_", b"\r", b"\n"})
_MAX_FALLBACK: Final = 16
"""Characters that stand for one of Unicode."""
_UNSEEN: Final = frozenset(
    {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"themedata"}
)
"""Groups that hold no text."""
_SEEN: Final = frozenset({b"htmltag", b"fldinst"})
"""Optional groups that do: tags of HTML, and the address of a link."""


def open_rich_text(file: Enclosure, most: int) -> Opened:
    """The text, or the page, of an RTF file."""
    return add_rich_text(Opened(), file.content, most)


def add_rich_text(found: Opened, data: bytes, most: int) -> Opened:
    """Add the text, or the page, of RTF; what is read counts as more, since it takes longer."""
    cap = max(most // limits.RICH_TEXT_COST, 0)
    source = _source(data, cap + 1)
    if len(source) > cap:
        found.truncated.append("enclosed-bytes")
    found.unpacked += len(source[:cap]) * limits.RICH_TEXT_COST
    page = b"\\fromhtml" in source[:_WINDOW]
    (found.htmls if page else found.texts).append(_Reader(page=page).read(source[:cap]))
    return found


def _source(data: bytes, most: int) -> bytes:
    kind = data[8:12]
    if kind == _STORED:
        return data[_HEADER : _HEADER + most]
    return _inflated(data, most) if kind == _COMPRESSED else data[:most]


def _inflated(data: bytes, most: int) -> bytes:
    """What LZFu compressed: after each byte of flags come eight bytes or references."""
    result = bytearray(_KNOWN)
    at, end = _HEADER, len(_KNOWN) + most
    while at < len(data) and len(result) < end:
        flags = data[at]
        at += 1
        for bit in range(8):
            if not flags >> bit & 1:
                result += data[at : at + 1]
                at += 1
                continue
            reference = int.from_bytes(data[at : at + 2])
            at += 2
            distance = (len(result) - (reference >> 4)) % _WINDOW
            if distance == 0 or at > len(data):
                # A reference to what comes next is the end.
                return bytes(result[len(_KNOWN) :])
            length = (reference & 15) + _SHORTEST
            piece = result[-distance:][:length] if distance <= len(result) else b""
            result += (piece * length)[:length]
    return bytes(result[len(_KNOWN) : end])


class _Reader:
    """Reads the tokens of RTF into text; of a page that is inside of it only what is its own."""

    def __init__(self, *, page: bool) -> None:
        self._page = page
        self._charset = ""
        self._pieces: list[str] = []
        self._bytes = bytearray()
        self._outer: list[bool] = []
        self._unseen = self._optional = self._replaced = False
        self._fallback, self._skip = 1, 0

    def read(self, source: bytes) -> str:
        """All text of RTF."""
        for word, value, code, symbol, brace, text in _TOKEN.findall(source):
            if word:
                self._control(word, value)
            elif brace:
                self._group(opens=brace == b"{")
            elif symbol == b"*":
                self._optional = True
            elif symbol not in _SILENT:
                self._add(text or symbol or (bytes([int(code, 16)]) if code else b""))
        self._flush()
        text = "".join(self._pieces)
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _control(self, word: bytes, value: bytes) -> None:
        number = int(value or b"1")
        if (self._optional and word not in _SEEN) or word in _UNSEEN:
            self._unseen = True
        elif word == b"htmlrtf":
            self._replaced = self._page and number != 0
        elif word == b"ansicpg":
            self._charset = f"cp{number}"
        elif word == b"uc":
            self._fallback = number
        elif word == b"u":
            self._character(number)
        elif word in _BREAKS:
            self._add(_BREAKS[word])
        self._optional = False

    def _group(self, *, opens: bool) -> None:
        self._optional = False
        if opens:
            self._outer.append(self._unseen)
        elif self._outer:
            self._unseen = self._outer.pop()

    def _add(self, text: bytes) -> None:
        """Text in the charset of the file, without what only programs before Unicode show."""
        skipped, self._optional = min(self._skip, len(text)), False
        self._skip -= skipped
        if not self._unseen and not self._replaced:
            self._bytes += text[skipped:]

    def _character(self, number: int) -> None:
        self._flush()
        if not self._unseen and not self._replaced:
            self._pieces.append(chr(number & 0xFFFF))
        self._skip = min(max(self._fallback, 0), _MAX_FALLBACK)

    def _flush(self) -> None:
        if self._bytes:
            self._pieces.append(decode(bytes(self._bytes), self._charset))
            self._bytes.clear()
