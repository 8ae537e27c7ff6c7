"""Containers made to exceed the budget of a record: bombs, loops, lying lengths, and too much."""

from __future__ import annotations

import base64
import gzip
import struct
import zlib
from collections.abc import Callable
from zipfile import ZIP_STORED

from tests.parsing.containers.samples import (
    Tree,
    attached,
    attribute,
    binary_property,
    compound,
    outlook_file,
    properties,
    signed,
    text_stream,
    tnef,
    tnef_file,
    zipped,
)

MIB = 1024 * 1024

CONTAINERS: dict[str, Callable[[], bytes]] = {}
"""Mails by name."""


def _mail(make: Callable[[], bytes]) -> Callable[[], bytes]:
    CONTAINERS[make.__name__] = make
    return make


def _octets(content: bytes, name: str = "") -> bytes:
    return attached(content, "application/octet-stream", name)


def _text(body: bytes) -> bytes:
    return b"From: ann@example.com\nTo: bob@example.org\n\n" + body


# Archives


@_mail
def zip_of_zeros() -> bytes:
    return _octets(zipped({"a.html": b"<html>" + bytes(200 * MIB)}))


@_mail
def zip_of_members_that_share_their_data() -> bytes:
    archive = zipped({"a.html": b"<html>" + bytes(range(256)) * (8 * 1024)})
    entry = archive[archive.rindex(b"PK\x01\x02") : archive.rindex(b"PK\x05\x06")]
    start = archive[: archive.rindex(b"PK\x01\x02")]
    end = struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, 1, 1, len(entry) * 50_000, len(start), 0)
    return _octets(start + entry * 50_000 + end)


@_mail
def zips_in_zips() -> bytes:
    inner = zipped({"a.html": b"<html>" + bytes(10 * MIB)})
    for _ in range(4):
        inner = zipped({f"{number}.zip": inner for number in range(20)})
    return _octets(inner)


@_mail
def zip_of_many_pages() -> bytes:
    return _octets(zipped({f"{number}.html": b"<html><p>a" * 50 for number in range(20_000)}))


@_mail
def zip_of_long_names() -> bytes:
    return _octets(zipped({f"{number}".rjust(60_000, "a"): b"" for number in range(300)}))


@_mail
def gzip_of_zeros() -> bytes:
    return _octets(gzip.compress(bytes(400 * MIB)), "a.tar.gz")


@_mail
def gzips_of_text() -> bytes:
    packed = base64.encodebytes(gzip.compress(b"some words and more " * 200_000))
    part = b'--b\nContent-Type: x/y; name="a.txt.gz"\nContent-Transfer-Encoding: base64\n\n'
    head = b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n"
    return head + (part + packed) * 500


@_mail
def tar_of_empty_files() -> bytes:
    header = bytearray(512)
    header[:1], header[124:135], header[156:157] = b"a", b"00000000000", b"0"
    header[257:262] = b"ustar"
    return _octets(bytes(header) * 60_000)


@_mail
def tar_of_folders() -> bytes:
    header = bytearray(512)
    header[:1], header[124:135], header[156:157] = b"a", b"00000000000", b"5"
    header[257:262] = b"ustar"
    return _octets(bytes(header) * 60_000)


@_mail
def zips_of_members() -> bytes:
    inner = zipped({f"{number}.bin": bytes(range(256)) * 40 for number in range(490)})
    return _octets(zipped({f"{number}.zip": inner for number in range(60)}))


# Signed messages


@_mail
def signed_in_empty_pieces() -> bytes:
    pieces = signed(b"\x04\x00" * (7 * MIB)).replace(b"\x04\x84\x01", b"\x24\x84\x01", 1)
    return _octets(pieces, "smime.p7m")


@_mail
def signed_in_nested_elements() -> bytes:
    return _octets(b"\x30\x80" * (7 * MIB), "smime.p7m")


@_mail
def signed_messages_in_pieces() -> bytes:
    one = signed(b"\x04\x00" * 16_000).replace(b"\x04\x82", b"\x24\x82", 1)
    return _octets(zipped({f"{number}.p7m": one + bytes(2) for number in range(60)}))


@_mail
def signed_many_times() -> bytes:
    content = b"Content-Type: text/plain\r\n\r\n" + b"words and more " * 40_000
    for _ in range(80):
        content = b"Content-Type: application/pkcs7-mime\r\n\r\n" + signed(content)
    return _octets(content, "a.eml")


@_mail
def compressed_zeros() -> bytes:
    kind = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09"
    return _octets(signed(zlib.compress(bytes(400 * MIB)), kind), "smime.p7m")


# Microsoft's formats


@_mail
def rich_message_of_attributes() -> bytes:
    return _octets(tnef(attribute(1, 0x0002800C, b"") * 1_400_000))


@_mail
def rich_message_of_files() -> bytes:
    return _octets(tnef(tnef_file("a", b"") * 120_000))


@_mail
def rich_message_of_properties() -> bytes:
    one = struct.pack("<HHI", 0x101F, 0x1000, 4_000) + bytes(4) * 4_000
    return _octets(tnef(attribute(1, 0x00069003, properties(one * 800))))


@_mail
def rich_messages_of_properties() -> bytes:
    one = tnef(attribute(1, 0x00069003, properties(b"\x03\x00\x17\x00\x01\x00\x00\x00" * 30_000)))
    return _octets(zipped({f"{number}.dat": one for number in range(60)}))


@_mail
def rich_messages_in_rich_messages() -> bytes:
    inner = tnef(attribute(1, 0x0002800C, b"words " * 40_000))
    for _ in range(80):
        inner = tnef(tnef_file("a.dat", inner))
    return _octets(inner)


@_mail
def outlook_message_of_files() -> bytes:
    files: Tree = {}
    for number in range(5_000):
        files |= outlook_file(number, "a.txt", b"a")
    return _octets(compound(files), "a.msg")


@_mail
def outlook_messages() -> bytes:
    tree: Tree = {f"__substg1.0_{number:04X}0102": b"" for number in range(4_000)}
    one = compound(tree)
    return _octets(zipped({f"{number}.msg": one for number in range(60)}))


@_mail
def outlook_message_of_streams_that_share_their_data() -> bytes:
    tree = text_stream(0x1000, "a" * (2 * MIB))
    tree |= {f"__substg1.0_{number:04X}0102": b"" for number in range(0x2000, 0x5000)}
    content = compound(tree)
    name = "__substg1.0_1000001F".encode("utf-16-le")
    start = content.index(name)
    large = content[start + 116 : start + 124]
    at = content.index("__substg1.0_2".encode("utf-16-le"))
    changed = bytearray(content)
    for entry in range(at, at + 0x3000 * 128, 128):
        changed[entry + 116 : entry + 124] = large
    return _octets(bytes(changed), "a.msg")


@_mail
def outlook_message_of_loops() -> bytes:
    content = bytearray(compound(text_stream(0x1000, "a" * (3 * MIB))))
    table = len(content) - -(-len(content) // 512 // 128) * 512
    for at in range(table, len(content) - 4, 4):
        content[at : at + 4] = bytes(4)
    return _octets(bytes(content), "a.msg")


@_mail
def rich_text_of_groups() -> bytes:
    return _octets(b"{\\rtf1" + b"{\\b" * (8 * MIB))


@_mail
def rich_texts_of_letters() -> bytes:
    one = b"{\\rtf1" + b"\\'41" * 50_000
    return _octets(zipped({f"{number}.rtf": one for number in range(60)}, ZIP_STORED))


@_mail
def compressed_rich_texts() -> bytes:
    body = struct.pack("<II4sI", 0, 0, b"LZFu", 0) + b"\0{\\b}{\\b}" * (10 * 1024)
    one = attribute(1, 0x00069003, properties(binary_property(0x1009, body)))
    return _octets(tnef(one * 150))


# Texts


@_mail
def calendar_of_lines() -> bytes:
    return attached(b"SUMMARY:a\n" * (3 * MIB), "text/calendar")


@_mail
def calendar_of_files() -> bytes:
    return attached(b"ATTACH;VALUE=BINARY:QUFB\n" * MIB, "text/calendar")


@_mail
def calendar_of_parameters() -> bytes:
    return attached(b"SUMMARY" + b';A="' * (8 * MIB), "text/calendar")


@_mail
def beginnings_of_encoded_files() -> bytes:
    return _text(b"begin 644 a\n" * (3 * MIB))


@_mail
def encoded_files() -> bytes:
    return _text(b"begin 644 a\n#0V%T\nend\n" * (2 * MIB))


@_mail
def base64_files_without_end() -> bytes:
    return _text(b"begin-base64 644 a\nQUFB\n" * (2 * MIB))


@_mail
def beginnings_of_yenc() -> bytes:
    return _text(b"=ybegin name=a\n=yend\n" * (2 * MIB))


@_mail
def names_of_yenc() -> bytes:
    return _text(b"=ybegin " + b" name=" * (6 * MIB))


@_mail
def long_encoded_file() -> bytes:
    return _text(b"begin 644 a\n" + (b"M" + b"#" * 60 + b"\n") * (MIB // 2))


# Pages


@_mail
def page_of_comments() -> bytes:
    return _octets(b"<!--" * (9 * MIB))


@_mail
def page_of_empty_comments() -> bytes:
    return _octets(b"<!---->" * (5 * MIB))


@_mail
def page_that_nearly_runs() -> bytes:
    return _octets(b"<html>" + b" onload " * (4 * MIB))


@_mail
def page_in_utf_16() -> bytes:
    return _octets(("<html>" + " onload " * (2 * MIB)).encode("utf-16"))
