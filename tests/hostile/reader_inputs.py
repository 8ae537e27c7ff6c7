"""Inputs that make the tolerant rules of the reader try in vain as often as possible."""

from __future__ import annotations

from collections.abc import Callable

from tests.hostile.inputs import MIB, mail, multipart

READER_MAILS: dict[str, Callable[[], bytes]] = {}
"""Mails by name."""


def _add(make: Callable[[], bytes]) -> Callable[[], bytes]:
    READER_MAILS[make.__name__] = make
    return make


def _parts(fields: bytes, count: int) -> bytes:
    return multipart((b"--b\n" + fields + b"\nx\n") * count)


@_add
def junk_lines_among_fields() -> bytes:
    return mail(b"junk\nX-A: b\n" * 150_000, b"x")


@_add
def quote_marks_before_a_field() -> bytes:
    return mail(b">" * MIB + b": x\n", b"x")


@_add
def bare_carriage_returns() -> bytes:
    return mail(b"X-A: " + b"\r" * MIB + b"b\n", b"\r" * (30 * MIB))


@_add
def carriage_returns_alone() -> bytes:
    return mail(b"X-A: b\n" * 100_000, b"x\n" * (20 * MIB)).replace(b"\n", b"\r")


@_add
def utf_16() -> bytes:
    return mail(b"X-A: b\n" * 10_000, b"word " * (4 * MIB)).decode().encode("utf-16")


@_add
def undeclared_boundaries_within_each_other() -> bytes:
    part = b"--%d\nContent-Type: multipart/mixed; boundary=no\n\n"
    return mail(
        b"Content-Type: multipart/mixed\n", b"".join(part % number for number in range(100_000))
    )


@_add
def multiparts_without_a_delimiter() -> bytes:
    return _parts(b"Content-Type: multipart/mixed; boundary=no\n", 9_000) + b"\n--" * (8 * MIB)


@_add
def doubled_types_of_parts() -> bytes:
    types = b"".join(b"Content-Type: multipart/mixed; boundary=n%d\n" % n for n in range(8))
    return _parts(types, 9_000) + b"x" * (40 * MIB)


@_add
def parameters_without_semicolons() -> bytes:
    return _parts(b"Content-Type: text/plain; " + b"a=b " * 16_000 + b"\n", 800)


@_add
def open_quotes_and_comments_in_parameters() -> bytes:
    return _parts(b"Content-Type: text/plain; " + b'a=(b "(c' * 8_000 + b"\n", 800)


@_add
def encoded_words_in_parameters() -> bytes:
    return _parts(
        b"Content-Disposition: attachment; filename=" + b"=?a?q?b?= " * 6_000 + b"\n", 800
    )


@_add
def open_encoded_words() -> bytes:
    return mail(b"Subject: " + b"=?utf-8?q?" * 200_000 + b"\n", b"x")


@_add
def mailboxes_with_commas_in_names() -> bytes:
    return mail(b"Cc: " + b"a, b <c@d.example>, " * 100_000 + b"\n", b"x")


@_add
def angle_brackets_in_an_address() -> bytes:
    return mail(b"Reply-To: " + b"<a@b.example> " * 100_000 + b"\n", b"x")


@_add
def strings_of_base64() -> bytes:
    return mail(b"Content-Transfer-Encoding: base64\n", b"QQ==\n" * (9 * MIB))


@_add
def base64_and_clear_text_in_turns() -> bytes:
    return mail(b"Content-Transfer-Encoding: base64\n", b"QUJD\nnot base64, \xff\n" * (2 * MIB))


@_add
def text_of_an_unnamed_charset() -> bytes:
    return mail(b"", "слово ".encode("koi8-r") * (6 * MIB))
