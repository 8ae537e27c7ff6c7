"""Files in the text of a message, uuencoded or in yEnc, which mail programs show as attachments."""

from __future__ import annotations

import binascii
import re
from typing import Final

from detection_stream.parsing import limits
from detection_stream.parsing.attachments import MAX_NAME_LENGTH
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.enclosure import DecodedFile, Enclosure
from detection_stream.parsing.transfer import from_base64

_BEGIN = re.compile(
    r"^(?:begin [0-7]{3,4} ++(?P<uu>\S[^\n]*+)\n(?=[!-`])"
    r"|begin-base64 [0-7]{3,4} ++(?P<base64>\S[^\n]*+)\n"
    r"|=ybegin [^\n]*?\bname=(?P<yenc>[^\n]++)(?:\n|\Z))",
    re.MULTILINE,
)
_LINE = re.compile(r"[^\n]*+\n|[^\n]++")
_NOT_UU = re.compile(r"[^ -`]")
_BASE64_LINES = re.compile(r"(?:[A-Za-z0-9+/]++={0,2}(?:\n|\Z))*+")
_Y_ESCAPE = re.compile(rb"=(.)", re.DOTALL)
_Y_SHIFTED: Final = bytes((byte - 42) % 256 for byte in range(256))


def has_files(text: str) -> bool:
    """Whether there may be one; the fixed strings are much faster to look for."""
    return "begin" in text and ("=ybegin " in text or "begin " in text or "begin-base64 " in text)


def take_files(text: str) -> tuple[str, list[DecodedFile]]:
    """The text without the files in it, and those (name, no type, content)."""
    text = text.replace("\r\n", "\n")
    kept: list[str] = []
    files: list[DecodedFile] = []
    past = at = 0
    while len(files) <= limits.MAX_ATTACHMENTS and (match := _BEGIN.search(text, at)):
        content, at = _READERS[match.lastgroup or "uu"](text, match.end())
        if at > match.end():
            name = match[match.lastgroup or "uu"].strip()[:MAX_NAME_LENGTH]
            files.append((name, "", content))
            kept.append(text[past : match.start()])
            past = at
    return "".join(kept) + text[past:], files


def open_encoded(file: Enclosure, most: int) -> Opened:
    """The files of an attachment that is nothing but them: its transfer encoding was unknown."""
    found = Opened()
    for one in take_files(file.content.decode("latin-1"))[1]:
        found.add_file(*one)
    return found


def _read_uu(text: str, at: int) -> tuple[bytes, int]:
    """Content and end of uuencoded lines; what is no such line ends them, as does ``end``."""
    pieces: list[bytes] = []
    for match in _LINE.finditer(text, at):
        line = match[0].rstrip("\n")
        if line == "end":
            return b"".join(pieces), match.end()
        if line.strip("` "):
            piece = _uu_line(line, whole=not pieces)
            if piece is None:
                break
            pieces.append(piece)
        at = match.end()
    return b"".join(pieces), at


def _uu_line(line: str, *, whole: bool) -> bytes | None:
    """The bytes of a line; None if it has other characters or not the length that it says.

    Spaces at its end may have been lost, unless it has to be ``whole``.
    """
    count = (ord(line[0]) - 32) & 63
    needed = (count + 2) // 3 * 4
    size = len(line) - 1
    if not count or size > needed + 2 or (whole and size < needed - 3) or _NOT_UU.search(line):
        return None
    try:
        return binascii.a2b_uu(line[: needed + 1].ljust(needed + 1))
    except binascii.Error:
        return None


def _read_base64(text: str, at: int) -> tuple[bytes, int]:
    lines = _BASE64_LINES.match(text, at)
    end = lines.end() if lines else at
    content = from_base64(text[at:end].encode())
    return content, end + text.startswith("====", end) * 4


def _read_yenc(text: str, at: int) -> tuple[bytes, int]:
    """Content as far as the charset has kept the bytes, which it was not made for."""
    end = text.find("\n=yend", at)
    end = len(text) if end < 0 else end
    data = _bytes_of(text[at:end])
    if data.startswith(b"=ypart "):
        data = data.partition(b"\n")[2]
    data = data.replace(b"\n", b"").replace(b"\r", b"")
    data = _Y_ESCAPE.sub(lambda match: bytes([(match[1][0] - 64) % 256]), data)
    line = text.find("\n", end + 1)
    return data.translate(_Y_SHIFTED), len(text) if line < 0 else line + 1


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("cp1252", "replace")


_READERS: Final = {"uu": _read_uu, "base64": _read_base64, "yenc": _read_yenc}
"""By the name of the group in which the name of the file is."""
