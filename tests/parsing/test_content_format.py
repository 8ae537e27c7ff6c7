"""What a file is by its content."""

from __future__ import annotations

import pytest

from detection_stream.parsing.attachments import describe
from detection_stream.parsing.content_format import format_of
from tests.parsing.containers.samples import compound, signed, tnef, zipped

PROGRAMS = {
    "exe": b"MZ\x90\x00",
    "elf": b"\x7fELF\x02\x01",
    "macho": b"\xcf\xfa\xed\xfe\x07",
    "class": b"\xca\xfe\xba\xbe\x00\x00\x00\x34",
    "lnk": b"L\x00\x00\x00\x01\x14\x02\x00\x00",
    "sh": b"#!/bin/sh\nrm x",
    "bat": b"@Echo Off\r\ndel x",
    "reg": b"Windows Registry Editor Version 5.00",
    "url": b"[InternetShortcut]\r\nURL=file://evil.example/x",
    "iso": bytes(32_769) + b"CD001",
    "one": bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"),
    "jar": zipped({"META-INF/MANIFEST.MF": b"Main-Class: A"}),
    "docm": zipped({"[Content_Types].xml": b"", "word/vbaProject.bin": b""}),
}
OTHERS = {
    "macho": b"\xca\xfe\xba\xbe\x00\x00\x00\x02",
    "docx": zipped({"[Content_Types].xml": b"", "word/document.xml": b""}),
    "odt": zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}),
    "zip": zipped({"a.txt": b"a"}),
    "pdf": b"%PDF-1.7",
    "ole": compound({"a": b"a"}),
    "p7m": signed(b"a", streamed=True),
    "tnef": tnef(),
    "uu": b"begin 644 a.exe\n",
    "eml": b"Received: from a by b\r\n",
}
PAGES = (
    b"<html>",
    b"\xef\xbb\xbf  <!DOCTYPE html>",
    b"<!-- " + b"x" * 9_000 + b" -->\n<body>",
    b"<script>go()</script>",
    "\ufeff<HTML>".encode("utf-16-le"),
    b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>",
)
DRAWINGS = (b"<svg xmlns=''>", b"<?xml version='1.0'?>\n<!-- a --><!DOCTYPE svg PUBLIC 'a'>\n<SVG>")


@pytest.mark.parametrize(("found", "content"), [*PROGRAMS.items(), *OTHERS.items()])
def test_content_tells_the_format(found: str, content: bytes) -> None:
    assert format_of(content) == found


@pytest.mark.parametrize("content", PAGES)
def test_pages_are_known_by_their_first_tag(content: bytes) -> None:
    assert format_of(content) == "html"


@pytest.mark.parametrize("content", DRAWINGS)
def test_drawings_are_told_from_pages(content: bytes) -> None:
    assert format_of(content) == "svg"


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"MZ is short for many towns, they say", b"<feedback>", b"0123", b"-- <html>"],
)
def test_words_and_data_have_no_format(content: bytes) -> None:
    assert format_of(content) == ""


@pytest.mark.parametrize(
    ("content", "scripted"),
    [
        (b"<html><script>go()</script>", True),
        (b"<html><body onload='go()'>", True),
        (b"<html><meta http-equiv='Refresh' content='0;url=x'>", True),
        (b"<svg><a href='javascript:go()'>", True),
        ("<html><SCRIPT>".encode("utf-16"), True),
        (b"<html><p>on Monday = today</p>", False),
        (b"alert('<script>')", False),
    ],
)
def test_pages_that_run_scripts_are_told(content: bytes, scripted: bool) -> None:
    assert describe("a", "text/html", content).scripted is scripted


def test_first_bytes_with_a_size_describe_a_file_that_was_not_read() -> None:
    described = describe("a.exe", "", b"MZ\x90\x00", size=1_000)
    assert (described.size, described.sha256, described.format) == (1_000, "", "exe")
