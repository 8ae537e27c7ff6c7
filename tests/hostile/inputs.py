"""Inputs made to exceed the budget of a record: each is large in one thing that a sender controls.

Every function returns one record; its name says what there is too much of.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, product
from string import ascii_lowercase

import orjson

MIB = 1024 * 1024
_HTML = 128 * 1024

MAILS: dict[str, Callable[[], bytes]] = {}
"""Mails by name."""
RECORDS: dict[str, Callable[[], bytes]] = {}
"""Messages in their JSON form by name."""


def _mail(make: Callable[[], bytes]) -> Callable[[], bytes]:
    MAILS[make.__name__] = make
    return make


def _record(make: Callable[[], bytes]) -> Callable[[], bytes]:
    RECORDS[make.__name__] = make
    return make


def words() -> Iterator[str]:
    """Distinct words: a, b, ..., aa, ab, ..."""
    for length in range(1, 6):
        for letters in product(ascii_lowercase, repeat=length):
            yield "".join(letters)


def mail(headers: bytes, body: bytes) -> bytes:
    """A mail from and to somebody, with these headers in addition."""
    return b"From: ann@example.com\nTo: bob@example.org\n" + headers + b"\n" + body


def html_mail(source: str) -> bytes:
    """A mail with one part of HTML."""
    return mail(b"Content-Type: text/html; charset=utf-8\n", source.encode())


def multipart(body: bytes, boundary: bytes = b"b") -> bytes:
    """A mail with such a body, of which ``--`` and the boundary begin each part."""
    return mail(b"Content-Type: multipart/mixed; boundary=" + boundary + b"\n", body)


# Structure


def _nested(levels: int, inside: bytes, kind: bytes = b"multipart/mixed") -> bytes:
    opened = b"".join(
        b"Content-Type: %s; boundary=b%d\n\n--b%d\n" % (kind, level, level)
        for level in range(levels)
    )
    return b"From: ann@example.com\nTo: bob@example.org\n" + opened + b"\n" + inside


@_mail
def nested_multiparts() -> bytes:
    return _nested(40_000, b"x")


@_mail
def nested_multiparts_with_encoded_types() -> bytes:
    return _nested(40_000, b"x", b"=?utf-8?q?multipart=2Fmixed?=")


@_mail
def nested_multiparts_in_64_kb() -> bytes:
    return _nested(1_200, b"x")


@_mail
def nested_multiparts_around_a_large_part() -> bytes:
    return _nested(64, b"\n" + b"line\n" * (9 * MIB))


@_mail
def nested_multiparts_around_dashes() -> bytes:
    return _nested(64, b"\n" + b"\n--b" * (10 * MIB))


@_mail
def nested_multiparts_of_the_same_boundary() -> bytes:
    return mail(b"", b"") + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 50_000


@_mail
def nested_messages() -> bytes:
    return mail(b"", b"")[:-1] + b"Content-Type: message/rfc822\n\nFrom: a@example.com\n" * 50_000


@_mail
def delimiter_lines() -> bytes:
    return multipart(b"--b\n" * 5_000_000)


@_mail
def lines_like_delimiters() -> bytes:
    return multipart(b"--bb\n" * 4_000_000)


@_mail
def lines_of_two_dashes() -> bytes:
    return multipart(b"--b\n" + b"--\n" * 15_000_000)


@_mail
def parts_below_the_cap() -> bytes:
    return multipart(b"--b\nContent-Type: text/plain\n\nx\n" * 9_990)


@_mail
def html_parts() -> bytes:
    return multipart(b"--b\nContent-Type: text/html\n\n<a href=x>y</a>\n" * 9_990)


@_mail
def parts_with_charsets() -> bytes:
    parts = (
        f"--b\nContent-Type: text/plain; charset={word}\n\nx\n" for word in islice(words(), 9_990)
    )
    return multipart("".join(parts).encode())


@_mail
def large_part_of_an_unknown_charset() -> bytes:
    return mail(b"Content-Type: text/plain; charset=nosuch\n", b"\xe9\xff text " * (6 * MIB))


@_mail
def large_part_of_utf_7() -> bytes:
    return mail(b"Content-Type: text/plain; charset=utf-7\n", b"+2D3eAA-" * (6 * MIB))


@_mail
def large_part_of_iso_2022() -> bytes:
    return mail(b"Content-Type: text/plain; charset=iso-2022-jp\n", b"\x1b$B!!\x1b(B" * (5 * MIB))


@_mail
def part_headers() -> bytes:
    return multipart((b"--b\n" + b"X-A: b\n" * 8_000 + b"\nx\n") * 600)


@_mail
def boundary_of_a_mebibyte() -> bytes:
    return multipart(b"--b\n\nx\n", b'"' + b"b" * MIB + b'"')


@_mail
def parameters() -> bytes:
    return mail(
        b"Content-Type: text/plain" + b"".join(b"; a%d=b" % i for i in range(200_000)) + b"\n", b"x"
    )


@_mail
def parameters_of_a_part() -> bytes:
    return multipart(
        b"--b\nContent-Type: text/plain"
        + b"".join(b";\n a%d=b" % i for i in range(200_000))
        + b"\n\nx"
    )


@_mail
def quotes_in_parameters() -> bytes:
    return mail(b'Content-Type: text/plain; name="' + b'\\"' * MIB + b"\n", b"x")


@_mail
def semicolons_in_parameters() -> bytes:
    return mail(b"Content-Type: text/plain" + b"; " * MIB + b"\n", b"x")


@_mail
def continued_filenames() -> bytes:
    names = b"".join(b"; filename*%d*=%%41" % i for i in range(100_000))
    return mail(b"Content-Disposition: attachment" + names + b"\n", b"x")


@_mail
def large_base64() -> bytes:
    content = base64.encodebytes(bytes(range(256)) * (140 * 1024))
    return multipart(
        b"--b\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\n" + content
    )


@_mail
def large_base64_text() -> bytes:
    content = base64.encodebytes(b"word word " * (3 * MIB))
    return mail(b"Content-Transfer-Encoding: base64\n", content)


@_mail
def broken_base64() -> bytes:
    return mail(b"Content-Transfer-Encoding: base64\n", b"A=\n!" * (12 * MIB))


@_mail
def quoted_printable() -> bytes:
    return mail(b"Content-Transfer-Encoding: quoted-printable\n", b"=41=0A" * (8 * MIB))


@_mail
def quoted_printable_ends() -> bytes:
    return mail(b"Content-Transfer-Encoding: quoted-printable\n", b"=\n" * (20 * MIB))


@_mail
def broken_quoted_printable() -> bytes:
    return mail(b"Content-Transfer-Encoding: quoted-printable\n", b"= \t" * (16 * MIB))


@_mail
def uuencoded() -> bytes:
    return mail(b"Content-Transfer-Encoding: uuencode\n", b"begin 644 a\n" + b"M" * (20 * MIB))


# Headers


@_mail
def header_fields() -> bytes:
    return mail(b"".join(b"X-%d: y\n" % i for i in range(1_000_000)), b"x")


@_mail
def header_fields_of_one_name() -> bytes:
    return mail(b"X-A: y\n" * 2_000_000, b"x")


@_mail
def folded_lines() -> bytes:
    return mail(b"Subject: a" + b"\n a" * 5_000_000 + b"\n", b"x")


@_mail
def long_header() -> bytes:
    return mail(b"Subject: " + b"a " * (20 * MIB) + b"\n", b"x")


@_mail
def header_without_end() -> bytes:
    return b"From: a@example.com\nSubject: a" + b"\r" * (40 * MIB)


@_mail
def colons() -> bytes:
    return mail(b":\n" * (20 * MIB), b"x")


@_mail
def encoded_words() -> bytes:
    return mail(b"Subject:" + b" =?utf-8?q?a?=" * 2_000_000 + b"\n", b"x")


@_mail
def encoded_words_of_charsets() -> bytes:
    found = b"".join(b" =?%s?q?=E9?=\n" % word.encode() for word in islice(words(), 400_000))
    return mail(b"Subject:" + found, b"x")


@_mail
def openings_of_encoded_words() -> bytes:
    return mail(b"Subject: " + b"=?" * (10 * MIB) + b"\n", b"x")


@_mail
def openings_of_encoded_words_in_64_kb() -> bytes:
    return mail(b"Subject: " + b"=?a?q?" * 10_000 + b"\n", b"x")


@_mail
def encoded_words_in_many_headers() -> bytes:
    return mail(b"X-A: =?utf-8?b?QUFB?= =?x?q?=41?=\n" * 500_000, b"x")


@_mail
def space_between_encoded_words() -> bytes:
    return mail(b"Subject: =?utf-8?q?a?=" + b" " * (10 * MIB) + b"=\n", b"x")


@_mail
def recipients() -> bytes:
    return b"To: " + b"bob@example.org," * (2 * MIB) + b"\nFrom: a@example.com\n\nx"


@_mail
def recipient_headers() -> bytes:
    return mail(b"To: Bob <bob@example.org>\n" * 1_000_000, b"x")


@_mail
def distinct_recipients_in_headers() -> bytes:
    long = b"".join(b"%d@example.org," % i for i in range(3_000))
    return mail((b"To: " + long + b"\nCc: " + long + b"\nBcc: " + long + b"\n") * 300, b"x")


def _sender(value: bytes) -> bytes:
    return b"From: " + value + b"\nTo: bob@example.org\nSubject: a\n\nx"


@_mail
def nested_comments() -> bytes:
    return _sender(b"(" * MIB + b"a" + b")" * MIB + b" ann@example.com")


@_mail
def angle_brackets() -> bytes:
    return _sender(b"<" * MIB)


@_mail
def quotes_in_an_address() -> bytes:
    return _sender(b'"' * MIB)


@_mail
def backslashes_in_an_address() -> bytes:
    return _sender(b'"' + b"\\" * MIB)


@_mail
def unclosed_quotes_in_addresses() -> bytes:
    return mail(b'To: "a <b@example.org>, ' * 1_000 + b"\n", b"x") * 10


@_mail
def at_signs() -> bytes:
    return _sender(b"@" * MIB)


@_mail
def words_before_an_address() -> bytes:
    return _sender(b"a@b@c " * (MIB // 6))


@_mail
def commas() -> bytes:
    return _sender(b"," * MIB)


@_mail
def groups() -> bytes:
    return _sender(b"a:;" * (MIB // 3))


@_mail
def received_headers() -> bytes:
    return mail(
        b"Received: from a (a [192.0.2.1]) by b; Mon, 1 May 2024 10:00:00\n" * 500_000, b"x"
    )


@_mail
def brackets_in_received() -> bytes:
    return mail(b"Received: from a " + b"[1:2" * 500_000 + b"\n", b"x")


@_mail
def authentication_results() -> bytes:
    return mail(b"Authentication-Results: a; spf=pass smtp.mailfrom=b.example\n" * 500_000, b"x")


@_mail
def comments_in_authentication_results() -> bytes:
    return mail(b"Authentication-Results: a; spf=pass " + b"(" * MIB + b"\n", b"x")


@_mail
def properties_in_authentication_results() -> bytes:
    return mail(b"Authentication-Results: a; dkim=pass " + b"header.d=x " * 100_000 + b"\n", b"x")


@_mail
def references() -> bytes:
    return mail(b"References: " + b"<a@b> " * 1_000_000 + b"\n", b"x")


@_mail
def openings_in_references() -> bytes:
    return mail(b"References: " + b"<" * MIB + b"\nMessage-ID: " + b"<" * MIB + b"\n", b"x")


@_mail
def date_of_digits() -> bytes:
    return mail(b"Date: " + b"1 " * MIB + b"\n", b"x")


@_mail
def long_address() -> bytes:
    return _sender(b"a" * MIB + b"@" + b"b." * MIB + b"example")


@_mail
def labels_of_a_sender() -> bytes:
    return _sender(b"a@" + b"xn--a." * 1_000 + b"example")


# Text


def _text(unit: str, size: int = 512 * 1024) -> bytes:
    return mail(b"Content-Type: text/plain; charset=utf-8\n", (unit * (size // len(unit))).encode())


def _subject(unit: str) -> bytes:
    value = (unit * (MIB // len(unit))).replace("\n", " ")
    return mail(b"Subject: " + value.encode() + b"\n", b"x")


for _name, _unit in {
    "lines": "\n",
    "short_lines": "a\n",
    "carriage_returns": "\r",
    "spaces": " ",
    "spaced_lines": " \n",
    "quoted_lines": ">\n",
    "quoted_and_new_lines": ">\na\n",
    "attributions": "On a, b wrote:\n",
    "unfinished_attributions": "On aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:\n",
    "attributions_without_ends": "On wrote schrieb ",
    "attributions_before_quotes": "On Monday, Ann wrote:\n> a\n",
    "original_messages": "-----Original Message\n",
    "dashes": "-" * 999 + "\n",
    "underlines": "_" * 999 + "\n",
    "outlook_headers": "From: a\n",
    "outlook_headers_spaced": "From: a\n\n",
    "outlook_rules": "__________\n",
    "links": "http://a.example/ ",
    "schemes": "http://",
    "colons_and_slashes": "://",
    "www": "www.",
    "web_addresses": "www.a.example ",
    "brackets": "(((((<<<<<[[[[[{{{{{",
    "zero_width": "\u200b",
    "accents": "e\u0301",
    "ligatures": "\ufdfa",
    "lookalikes": "\u0430a ",
    "digits": "1 ",
    "phone_numbers": "(555) 555-5555 ",
    "dollars": "$1,000,000 ",
    "wire_transfer": "please wire transfer gift card verify your account ",
    "surrogates": "\U0001f600",
}.items():
    MAILS[f"text_of_{_name}"] = partial(_text, _unit)
    MAILS[f"subject_of_{_name}"] = partial(_subject, _unit)


@_mail
def million_lines() -> bytes:
    return mail(b"", b"a\n" * 20_000_000)


@_mail
def million_links() -> bytes:
    return mail(b"", b"".join(b"http://%d.example/\n" % i for i in range(1_000_000)))


# HTML


def _fill(unit: str) -> str:
    return unit * (_HTML // len(unit))


def _page(source: Callable[[], str]) -> bytes:
    return html_mail(source())


_HTMLS: dict[str, Callable[[], str]] = {
    "distinct_formatting": lambda: (
        "".join(f"<b {word}>" for word in islice(words(), 3_000)) + "<div>" * 3_000
    ),
    "distinct_formatting_with_quotes": lambda: (
        "".join(f"<b x='>{word}'>" for word in islice(words(), 3_000)) + "<div>" * 3_000
    ),
    "distinct_fonts_in_paragraphs": lambda: "".join(
        f"<font {word}><p>x" for word in islice(words(), 6_000)
    ),
    "formatting_closed_in_comments": lambda: (
        "".join(f"<I {word}><!--</I>-->" for word in islice(words(), 3_000)) + "<p>x" * 3_000
    ),
    "formatting_without_space": lambda: (
        "".join(f"<b/{word}>" for word in islice(words(), 3_000)) + "<div>" * 6_000
    ),
    "formatting_closed_behind_markers": lambda: (
        "".join(f"<b {word}>" for word in islice(words(), 3_000))
        + "<object>"
        + "</b>" * 3_000
        + "</object>"
        + "<p>x" * 3_000
    ),
    "adoptions": lambda: _fill("<b>" + "<div>" * 9 + "</b>"),
    "adopted_anchors": lambda: _fill("<a>" + "<div>" * 9),
    "depth": lambda: _fill("<div>"),
    "lists": lambda: _fill("<ul><li>"),
    "definitions": lambda: _fill("<dl><dd><dt>"),
    "options": lambda: "<select>" + _fill("<option>"),
    "tables": lambda: _fill("<table>"),
    "cells": lambda: _fill("<table><tr><td>"),
    "foster_children": lambda: "<table>" + _fill("<x>y"),
    "foster_formatting": lambda: _fill("<table><b>x"),
    "attributes": lambda: "<a " + " ".join(islice(words(), 30_000))[:_HTML] + ">x",
    "quoted_attributes": lambda: (
        "<a " + "".join(f"{word}='>'" for word in islice(words(), 14_000)) + ">x"
    ),
    "attributes_of_the_body": lambda: "".join(
        f"<body {word}=1>" for word in islice(words(), 8_000)
    ),
    "attributes_and_depth": lambda: (
        "<a " + " ".join(islice(words(), 15_000)) + ">x" + "<div>" * 13_000
    ),
    "anchors_in_objects": lambda: _fill("<a href=x><object>"),
    "anchors_with_text_in_objects": lambda: _fill("<a href=x>y<object>"),
    "anchor_around_depth": lambda: "<a href=x>" + "<div>" * 10_000 + "y" * 30_000,
    "base_of_dots": lambda: (
        f"<base href='http://example.com/{'../' * 20_000}'>" + "<a href=x>y" * 5_000
    ),
    "base_of_folders": lambda: (
        f"<base href='http://example.com/{'a/' * 1_000}'>" + "<a href=x>y" * 10_000
    ),
    "links_of_dots": lambda: (
        "<base href='http://example.com/a/'>" + f"<a href={'../' * 600}>y" * 70
    ),
    "hidden_depth": lambda: _fill("<div hidden>x"),
    "styled_depth": lambda: _fill("<div style=font-size:0>x<p style=font-size:9px>"),
    "distinct_styles": lambda: "".join(
        f"<p style='display:{word}'>x" for word in islice(words(), 5_000)
    ),
    "images": lambda: _fill("<img src=//x>"),
    "frames": lambda: _fill("<iframe></iframe>"),
    "templates": lambda: _fill("<template>"),
    "drawings": lambda: _fill("<svg><g><foreignObject>"),
    "formulas": lambda: _fill("<math><mi><annotation-xml>"),
    "entities": lambda: _fill("&amp;"),
    "ampersands": lambda: _fill("&"),
    "long_entities": lambda: _fill("&CounterClockwiseContourIntegra"),
    "opening_brackets": lambda: _fill("<"),
    "comments": lambda: _fill("<!--") + "x" * _HTML,
    "closed_comments": lambda: _fill("<!---->") * 40,
    "style_sheets": lambda: _fill("<style") * 40,
    "nulls": lambda: _fill("\0"),
    "line_breaks": lambda: _fill("x<br>"),
    "large": lambda: "<p>word</p>" * (4 * MIB),
}
for _name, _source in _HTMLS.items():
    MAILS[f"html_of_{_name}"] = partial(_page, _source)


@_mail
def html_padded_by_comments() -> bytes:
    return html_mail("<!-- " + "-" * (45 * MIB))


@_mail
def html_of_open_comments() -> bytes:
    return html_mail("<!-" * (15 * MIB))


# JSON


def _json(**fields: object) -> bytes:
    return orjson.dumps({"from": {"address": "ann@example.com"}, "subject": "Hello"} | fields)


_MILLION = range(1_000_000)


@_record
def json_subject() -> bytes:
    return _json(subject="a b " * (10 * MIB))


@_record
def json_recipients() -> bytes:
    return _json(to=[{"address": f"{number}@example.org"} for number in _MILLION])


@_record
def json_attachments() -> bytes:
    return _json(attachments=[{"filename": f"{number}.pdf"} for number in _MILLION])


@_record
def json_contents() -> bytes:
    return _json(attachments=[{"filename": "a", "content": "QUFB"}] * 1_000_000)


@_record
def json_content() -> bytes:
    return _json(attachments=[{"filename": "a", "content": "QUFB" * (12 * MIB)}])


@_record
def json_headers() -> bytes:
    return _json(headers={f"X-{number}": "a" for number in _MILLION})


@_record
def json_header_values() -> bytes:
    return _json(headers={"Received": ["from a by b; now"] * 1_000_000})


@_record
def json_headers_of_other_case() -> bytes:
    names = {
        "".join(letters)
        for letters in product(*(letter + letter.upper() for letter in "receivedfromhere"))
    }
    return _json(headers=dict.fromkeys(names, "a"))


@_record
def json_long_header() -> bytes:
    return _json(headers={"X-A": "=?utf-8?q?a?= " * (3 * MIB), "Authentication-Results": "(" * MIB})


@_record
def json_references() -> bytes:
    return _json(references=["a@example.com"] * 1_000_000)


@_record
def json_openings_in_references() -> bytes:
    return _json(references=["<" * MIB], in_reply_to="<" * MIB, message_id="<" * MIB)


@_record
def json_text() -> bytes:
    return _json(text="word " * (9 * MIB))


@_record
def json_html() -> bytes:
    return _json(html="<p>word</p>" * (4 * MIB))


@_record
def json_names() -> bytes:
    name = "a " * (10 * MIB)
    return _json(**{"from": {"name": name, "address": name}, "to": [{"name": name}]})


@_record
def json_nesting() -> bytes:
    return b'{"subject": "a", "x": ' + b"[" * 500 + b"]" * 500 + b"}"


@_record
def json_lists() -> bytes:
    return b'{"subject": "a", "x": [' + b"[]," * (5 * MIB) + b"[]]}"


@_record
def json_objects() -> bytes:
    return b'{"subject": "a", "x": [' + b'{"a":1},' * (4 * MIB) + b"{}]}"


@_record
def json_numbers() -> bytes:
    return b'{"subject": "a", "x": [' + b"1," * (20 * MIB) + b"1]}"


@_record
def json_date() -> bytes:
    return _json(date="2024-05-01T10:00:00." + "0" * MIB)
