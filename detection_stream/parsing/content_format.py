"""What a file is by its content, whatever its name and declared type say."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

PAGES: Final = frozenset({"html", "svg"})
"""Formats that a browser shows and whose scripts it runs."""

_MAGIC: Final = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"MZ", "exe"),
    (0, b"\x7fELF", "elf"),
    (0, b"\xca\xfe\xba\xbe", "class"),
    (0, b"\xfe\xed\xfa\xce", "macho"),
    (0, b"\xfe\xed\xfa\xcf", "macho"),
    (0, b"\xce\xfa\xed\xfe", "macho"),
    (0, b"\xcf\xfa\xed\xfe", "macho"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "lnk"),
    (0, b"ITSF", "chm"),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "one"),
    (0, b"conectix", "vhd"),
    (0, b"vhdxfile", "vhdx"),
    (0, b"%PDF", "pdf"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b\x08", "gz"),
    (0, b"BZh", "bz2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zst"),
    (0, b"MSCF\x00\x00\x00\x00", "cab"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"\x78\x9f\x3e\x22", "tnef"),
    (0, b"{\\rtf", "rtf"),
    (0, b"\x30", "p7m"),
    (7, b"**ACE**", "ace"),
    (257, b"ustar", "tar"),
    (32_769, b"CD001", "iso"),
    (32_769, b"BEA01", "iso"),
)
"""Offset and bytes by which a format is known, and its usual extension."""
_ZIP_NAME: Final = slice(30, 62)
_OLDEST_JAVA: Final = 45
"""Major version of the first class files; a program for several Macs has its few parts there."""
_SIGNED: Final = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
"""The object identifier of CMS signed data (RFC 5652), in DER."""
_HEAD: Final = 4_096
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BEFORE_TAG = re.compile(rb"(?:\s++|<\?[^>]*+>|<!doctype(?! html)[^>]*+>)++", re.IGNORECASE)
_MAX_COMMENTS: Final = 100
"""Comments before the first tag, however long."""
_TAG = re.compile(
    rb"(?:\s++|<!--(?:[^-]|-(?!->))*+-->|<\?[^>]*+>|<!doctype(?! html)[^>]*+>)*+", re.IGNORECASE
)
_TAG = re.compile(
    rb"<(svg|!doctype html|html|head|body|script|iframe|meta|title|style|form)\b", re.IGNORECASE
)
_STARTS: Final = (
    (re.compile(rb"#!\s{0,8}/"), "sh"),
    (re.compile(rb"@echo off\b", re.IGNORECASE), "bat"),
    (re.compile(rb"\[InternetShortcut\]", re.IGNORECASE), "url"),
    (re.compile(rb"Windows Registry Editor|REGEDIT4"), "reg"),
    (re.compile(rb"begin(?:-base64)? [0-7]{3,4} \S|=ybegin "), "uu"),
    (
        re.compile(
            rb"(?:X-[\w-]{1,40}|Return-Path|Received|Delivered-To|Message-ID|MIME-Version"
            rb"|Content-Type|From|To|Date|Subject):",
            re.IGNORECASE,
        ),
        "eml",
    ),
)
_TEXT: Final = bytes(range(0x20, 0x7F)) + b"\t\r\n"
_SCRIPTS: Final = (b"<script", b"javascript:")
# Begins with letters, which are found faster than a class of characters.
_HANDLER = re.compile(rb"on(?<=[\s\"'/]on)[a-z]{3,30}\s{0,8}=")
_REFRESH = re.compile(rb"http-equiv\s{0,8}=\s{0,8}[\"']?refresh")


def format_of(content: bytes) -> str:
    """The extension of what the content is (``exe``, ``html``, ``zip``); empty if not known.

    ``eml`` starts with header fields, ``uu`` with the first line of a uuencoded or yEnc file,
    ``p7m`` is CMS signed data, ``sh`` names its interpreter.
    """
    found = next((found for at, magic, found in _MAGIC if content.startswith(magic, at)), "")
    looked_into = _LOOKED_INTO.get(found)
    return looked_into(content) if looked_into else found


def runs_script(page: bytes) -> bool:
    """Whether a page runs a script or goes elsewhere by itself when it is opened."""
    text = _plain(page).lower()
    return (
        any(script in text for script in _SCRIPTS)
        or _REFRESH.search(text) is not None
        or _HANDLER.search(text) is not None
    )


def _zip_format(content: bytes) -> str:
    """Documents and programs are ZIP files too; what comes first in them says which.

    Java's own tool starts with a folder, which it marks or leaves bare.
    """
    first = content[_ZIP_NAME]
    if first.startswith((b"META-INF/MANIFEST.MF", b"META-INF/\xfe\xca", b"META-INF/P")):
        return "jar"
    if first.startswith((b"[Content_Types].xml", b"_rels/", b"docProps/")):
        return "docm" if b"vbaProject.bin" in content else "docx"
    return "odt" if first.startswith(b"mimetype") else "zip"


def _program_format(content: bytes) -> str:
    """Two letters make a program, unless there are words behind them."""
    start = content[:64]
    prose = len(start) > 16 and not start.translate(None, _TEXT)
    return _text_format(content) if prose else "exe"


def _java_format(content: bytes) -> str:
    return "class" if int.from_bytes(content[6:8]) >= _OLDEST_JAVA else "macho"


def _cms_format(content: bytes) -> str:
    return "p7m" if _SIGNED in content[:24] else _text_format(content)


def _text_format(content: bytes) -> str:
    text = _plain(content)
    if tag := _TAG.match(text, _first_tag(text)):
        return "svg" if tag[1].lower() == b"svg" else "html"
    start = text[:_HEAD].lstrip()
    return next((found for begins, found in _STARTS if begins.match(start)), "")


def _first_tag(text: bytes) -> int:
    """Where the first tag of a page is, behind declarations and comments."""
    at = 0
    for _ in range(_MAX_COMMENTS):
        if before := _BEFORE_TAG.match(text, at):
            at = before.end()
        if not text.startswith(b"<!--", at):
            break
        end = text.find(b"-->", at)
        if end < 0:
            break
        at = end + 3
    return at


def _plain(content: bytes) -> bytes:
    """Text in any Unicode encoding with its ASCII characters as such, without a mark."""
    for mark in _MARKS:
        content = content.removeprefix(mark)
    return content.replace(b"\0", b"") if b"\0" in content[:_HEAD] else content


_LOOKED_INTO: Final[dict[str, Callable[[bytes], str]]] = {
    "": _text_format,
    "zip": _zip_format,
    "exe": _program_format,
    "class": _java_format,
    "p7m": _cms_format,
}
"""What tells formats apart that begin alike."""
