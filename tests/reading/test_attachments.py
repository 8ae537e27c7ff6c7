"""Attachments are judged by name, declared type and content together."""

from __future__ import annotations

import gzip
from base64 import b64encode

import orjson
import pytest

from detection_stream.model.envelope import Envelope
from detection_stream.parsing import parse_json, parse_message
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import all_signals
from tests.parsing.containers.samples import ENVELOPED, PROGRAM, attached, compound, signed, zipped
from tests.parsing.test_content_format import PROGRAMS
from tests.reading.cases import OWN_DOMAINS, reading

SIGNALS = {signal.name: signal for signal in all_signals()}
OCTETS = "application/octet-stream"
FORM = b"<html><form action=https://evil.example><input type=password></form></html>"
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'><script>go()</script></svg>"


def has(signal: str, content: bytes, kind: str, name: str = "") -> bool:
    """Whether a mail with this attachment has the signal."""
    message = parse_message(attached(content, kind, name))
    batch = MessageBatch([message], [Envelope("t", OWN_DOMAINS, 0)])
    return bool(SIGNALS[f"message.{signal}"].function(batch)[0])


@pytest.mark.parametrize(
    ("case", "signal"),
    [
        ("fn-noext-mz", "attachment_risky"),
        ("fn-ct-name-differs", "attachment_risky"),
        ("fn-ct-name-differs", "attachment_type_mismatch"),
        ("fn-shtml-octet", "attachment_html"),
        ("mime-svg-js", "attachment_html"),
        ("mime-svg-noname", "attachment_html"),
        ("mime-svg-noname", "attachment_script"),
        ("mime-html-attach-form", "attachment_script"),
        ("mime-html-attach-form", "password_form"),
        ("mime-html-inline-named", "password_form"),
    ],
)
def test_an_attachment_is_seen_for_what_it_is(case: str, signal: str) -> None:
    assert reading(case).has(signal)
    assert reading(case).verdict in {"suspicious", "malicious"}


def test_parameters_of_a_type_do_not_hide_it() -> None:
    file = {"content_type": "Text/HTML; charset=x", "content": b64encode(FORM).decode()}
    message = parse_json(orjson.dumps({"attachments": [file]}))
    batch = MessageBatch([message], [Envelope("t", OWN_DOMAINS, 0)])
    assert SIGNALS["message.attachment_html"].function(batch)[0] == 1


@pytest.mark.parametrize("found", PROGRAMS)
@pytest.mark.parametrize(
    ("name", "kind"), [("invoice", OCTETS), ("", "text/plain"), ("photo.jpg", "image/jpeg")]
)
def test_programs_are_risky_under_any_name_or_none(found: str, name: str, kind: str) -> None:
    assert has("attachment_risky", PROGRAMS[found], kind, name)
    assert not has("attachment_risky", b"Good morning", kind, name)


def test_a_declared_type_counts_where_the_name_says_nothing() -> None:
    for name in ("", "invoice", "invoice.dat"):
        assert has("attachment_risky", b"x", "application/x-msdownload", name)
    assert not has("attachment_risky", b"x", "application/x-msdownload", "notes.txt")


def test_a_name_is_enough_to_be_risky() -> None:
    assert has("attachment_risky", b"x", OCTETS, "invoice.exe")
    assert not has("attachment_risky", b"x", OCTETS, "exe")


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        (b"x", OCTETS, "page.html"),
        (b"x", OCTETS, "page.SVG."),
        (FORM, "text/html", ""),
        (DRAWING, "image/svg+xml", ""),
        (FORM, OCTETS, ""),
        (FORM, OCTETS, "invoice"),
        (DRAWING, OCTETS, "attachment.bin"),
        (FORM, "text/html", "invoice.pdf"),
    ],
)
def test_pages_count_by_name_by_type_and_by_content(content: bytes, kind: str, name: str) -> None:
    assert has("attachment_html", content, kind, name)


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        (b"words", OCTETS, ""),
        (FORM, OCTETS, "source.txt"),
        (FORM, "application/vnd.ms-excel", "report.xls"),
    ],
)
def test_what_opens_as_something_else_is_no_page(content: bytes, kind: str, name: str) -> None:
    assert not has("attachment_html", content, kind, name)


@pytest.mark.parametrize(
    ("content", "kind", "name"), [(FORM, OCTETS, ""), (FORM, "application/xhtml+xml", "a")]
)
def test_attached_pages_are_read(content: bytes, kind: str, name: str) -> None:
    message = parse_message(attached(content, kind, name))
    assert (message.forms, message.password_fields) == (1, 1)
    assert [link.host for link in message.links] == ["evil.example"]


def test_a_page_without_script_does_not_act_by_itself() -> None:
    assert has("attachment_script", DRAWING, "image/svg+xml", "a.svg")
    assert not has("attachment_script", FORM, "text/html", "a.html")
    assert not has("attachment_script", DRAWING, "text/plain", "a.txt")


@pytest.mark.parametrize(
    ("content", "name", "differs"),
    [
        (PROGRAM, "photo.jpg", True),
        (PROGRAM, "files.zip", True),
        (b"#!/bin/sh\n", "report.pdf", True),
        (FORM, "report.pdf", True),
        (b"%PDF-1.4", "report.doc", True),
        (b"%PDF-1.4", "report.pdf", False),
        (FORM, "report.xls", False),
        (PROGRAM, "tool.exe", False),
        (b"\xff\xd8\xff", "photo.jpg", False),
    ],
)
def test_content_that_contradicts_the_name_is_told(
    content: bytes, name: str, differs: bool
) -> None:
    assert has("attachment_type_mismatch", content, OCTETS, name) is differs


def test_files_in_archives_count_like_files_beside_them() -> None:
    assert has("attachment_risky", zipped({"a/invoice.js": b"x"}), OCTETS, "a.zip")
    assert has("attachment_risky", zipped({"invoice": PROGRAM}), OCTETS)
    assert has("attachment_double_extension", zipped({"a.pdf.exe": b"x"}), OCTETS, "a.zip")
    assert has("password_form", zipped({"a.html": FORM}), OCTETS, "a.zip")
    assert not has("attachment_risky", zipped({"a.pdf": b"%PDF-1.4"}), OCTETS, "a.zip")


def test_archives_count_by_name_and_by_content() -> None:
    assert has("attachment_archive", b"x", OCTETS, "a.rar")
    assert has("attachment_archive", zipped({"a": b"x"}), OCTETS)
    assert not has("attachment_archive", zipped({"a": b"x"}), OCTETS, "a.kmz")
    assert not has("attachment_archive", zipped({"[Content_Types].xml": b""}), OCTETS)


def locked(content: bytes) -> bytes:
    """A ZIP archive of which the first file needs a password."""
    at = content.index(b"PK\x01\x02") + 8
    return content[:at] + bytes([content[at] | 1]) + content[at + 1 :]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (locked(zipped({"a.txt": b"a", "b.txt": b"b"})), "a.zip"),
        (signed(b"words", ENVELOPED), "smime.p7m"),
        (compound({"EncryptedPackage": b"a"}), "a.docx"),
        (b"%PDF-1.7\ntrailer <</Encrypt 5 0 R>>", "a.pdf"),
        (b"-----BEGIN PGP MESSAGE-----\n\nabc", "encrypted.asc"),
        (zipped({"inner.zip": locked(zipped({"a.txt": b"a"}))}), "a.zip"),
    ],
)
def test_encrypted_files_are_told(content: bytes, name: str) -> None:
    assert has("attachment_encrypted", content, OCTETS, name)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (zipped({"a.txt": b"a"}), "a.zip"),
        (signed(b"words"), "smime.p7m"),
        (compound({"WordDocument": b"a"}), "a.doc"),
        (b"%PDF-1.7", "a.pdf"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----", "key.asc"),
    ],
)
def test_others_are_not(content: bytes, name: str) -> None:
    assert not has("attachment_encrypted", content, OCTETS, name)


def test_an_encrypted_message_is_told() -> None:
    assert reading("ok-pgp").has("attachment_encrypted")


def test_compressed_drawings_are_pages() -> None:
    assert has("attachment_script", gzip.compress(DRAWING), OCTETS, "a.svgz")


def test_a_code_to_scan_is_a_lure_without_being_read() -> None:
    """Codes in images are not decoded: the words around one have to tell."""
    found = reading("qr-image")
    assert found.has("language_scan_code")
    assert found.verdict != "safe"
