"""Boundaries, parameters and names of files."""

from __future__ import annotations

import pytest

from detection_stream.parsing.header_values import read_value
from detection_stream.parsing.rfc5322 import parse_message
from tests.reading.cases import reading

BOTH = (
    "bnd-2231",
    "bnd-2231-enc",
    "bnd-comment",
    "bnd-dup-ct",
    "bnd-leadspace",
    "bnd-leadspace-stripped",
    "bnd-nosemi",
    "bnd-single-quote",
    "bnd-unquoted-space",
    "bnd-ws-line",
    "tol-2231-enc",
    "tol-bnd-2231",
    "tol-bnd-control",
    "tol-bnd-unquoted-space",
    "fn-2047-quoted",
    "fn-2047-split",
    "fn-2231-enc",
    "fn-2231-order",
)
NAMES = {
    "fn-2231-emptycharset": "attached.bat",
    "fn-2231-fold": "Monthly report 09-20.exe",
    "fn-ct-unfolded": "doc_EAE1FD.js",
    "fn-raw-utf8": "Rechnung-März.exe",
    "fn-unquoted-space": "my invoice.exe",
    "tol-ctname-2231": "invoice.exe",
    "tol-unquoted-space": "my invoice.exe",
}
PART = b"--dd\nContent-Type: text/plain\n\nwords\n--dd\nContent-Type: image/png\n\nx\n--dd--\n"


@pytest.mark.parametrize("name", BOTH)
def test_text_and_attachment_are_found(name: str) -> None:
    found = reading(name)
    assert found.message.text == "Please find it attached."
    assert found.files == ["invoice.exe"]
    assert found.has("attachment_risky")


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    assert reading(name).files == [NAMES[name]]
    assert reading(name).has("attachment_risky")


@pytest.mark.parametrize("name", ["fn-ct-name-differs", "fn-dup-param", "fn-rlo"])
def test_a_harmless_name_does_not_cover_another(name: str) -> None:
    assert reading(name).has("attachment_risky")


@pytest.mark.parametrize(
    "declared",
    [
        b"multipart/mixed; boundary=dd",
        b'multipart/mixed boundary="dd"',
        b"multipart/mixed; (a; b) boundary=(c)dd",
        b"multipart/mixed;\n\tBoundary = 'dd'",
        b"multipart/mixed; boundary*1=d; boundary*0=d",
        b"multipart/mixed; boundary==?utf-8?Q?dd?=",
        b"multipart/mixed; boundary=other",
        b"multipart/mixed",
        b"MULTIPART / MIXED; boundary=dd",
        b"text/plain\nContent-Type: multipart/mixed; boundary=dd",
        b"=?utf-8?Q?multipart/mixed=3B_boundary=3Ddd?=",
    ],
)
@pytest.mark.parametrize("preamble", [b"", b"This is MIME.\n"])
def test_boundaries_are_found(declared: bytes, preamble: bytes) -> None:
    head = b"From: a@b.example\nContent-Type: " + declared + b"\n\n"
    message = parse_message(head + preamble + PART)
    assert message.text == "words"
    assert [one.content_type for one in message.attachments] == ["image/png"]


@pytest.mark.parametrize("charset", [b"", b"; charset=x-nope", b"; charset=punycode"])
@pytest.mark.parametrize(
    "named",
    [
        b"filename=my invoice.exe",
        b'filename="my invoice.exe"',
        b"filename*0*=utf-8''my%20; filename*1=invoice.exe",
        b"filename*=utf-8'en'my%20invoice.exe",
        b"filename==?utf-8?B?bXkgaW52b2ljZS5leGU=?=",
        b'filename="my\n invoice.exe"',
        b"(c) filename (d) = my invoice.exe (e)",
        b'size=3 filename="my invoice.exe" x=y',
    ],
)
def test_names_whatever_the_text_beside_claims(named: bytes, charset: bytes) -> None:
    raw = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=dd\n\n"
        b"--dd\nContent-Type: text/plain" + charset + b"\n\nwords\n"
        b"--dd\nContent-Type: application/octet-stream\n"
        b"Content-Disposition: attachment; " + named + b"\n\nx\n--dd--\n"
    )
    message = parse_message(raw)
    assert [one.filename for one in message.attachments] == ["my invoice.exe"]
    assert message.text == "words"
    assert ("unknown-charset" in message.defects) == bool(charset)


@pytest.mark.parametrize(
    ("value", "main", "parameters"),
    [
        ("", "", {}),
        ("Text/HTML charset=utf-8", "text/html", {"charset": ("utf-8",)}),
        ("a/b; x=1; x=2", "a/b", {"x": ("1", "2")}),
        ('a/b; x="1;2"; y="\\"q\\""', "a/b", {"x": ("1;2",), "y": ('"q"',)}),
        ('attachment; filename="a.pdf".exe', "attachment", {"filename": ("a.pdf.exe",)}),
        ('attachment; filename="a.exe; y=z', "attachment", {"filename": ("a.exe",), "y": ("z",)}),
        ("attachment; filename=a (1).pdf", "attachment", {"filename": ("a (1).pdf",)}),
        ("x=1", "", {"x": ("1",)}),
    ],
)
def test_header_values(value: str, main: str, parameters: dict[str, tuple[str, ...]]) -> None:
    found = read_value(value)
    assert (found.main, found.parameters) == (main, parameters)


def test_a_closing_delimiter_may_be_missing() -> None:
    found = reading("part-noclose")
    assert found.message.text
    assert found.files


def test_parts_without_fields_are_text() -> None:
    assert reading("part-noheaders").message.text


def test_a_type_without_a_semicolon_is_still_html() -> None:
    assert reading("mime-ct-nosemi").hosts == ["login-portal.evil-b.example"]


def test_parts_of_an_alternative_are_bodies_whatever_their_disposition() -> None:
    found = reading("mime-html-disp-inline")
    assert found.message.text == "Test"
    assert found.files == []
