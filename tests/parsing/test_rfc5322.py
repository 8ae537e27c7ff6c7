import hashlib
import random
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection_stream.model.message import Address
from detection_stream.parsing import limits, parse_message, parse_messages
from tests.parsing.parsing_samples import MIXED, PLAIN


def strings(value: object) -> list[str]:
    """Every string anywhere inside a Message."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [one for pair in value.items() for part in pair for one in strings(part)]
    if isinstance(value, tuple):
        return [one for part in value for one in strings(part)]
    names = getattr(type(value), "__slots__", ())
    return [one for name in names for one in strings(getattr(value, name))]


def assert_sound(raw: bytes) -> None:
    message = parse_message(raw)
    assert message.size == len(raw)
    for text in strings(message):
        text.encode()


def test_plain_message() -> None:
    message = parse_message(PLAIN)
    assert message.message_id == "one@example.com"
    assert message.in_reply_to == "zero@example.org"
    assert message.references == ("minus@example.org", "zero@example.org")
    assert message.subject == "Grüße an alle"
    assert message.date == 1_714_550_400_000
    assert message.return_path == "ann@example.com"
    assert message.text == "Schöne Grüße von https://User@Shop.example:8443/a?b=c."
    assert message.quoted == "On Tue, 30 Apr 2024, Bob wrote:\n> hello"
    assert [(link.host, link.text) for link in message.links] == [("shop.example", "")]
    assert (message.has_text, message.has_html) == (True, False)
    assert message.size == len(PLAIN)


def test_encoded_words_do_not_pass_for_address_structure() -> None:
    assert parse_message(PLAIN).sender == Address("Ann Änn, ceo@corp.example", "ann@example.com")


def test_every_to_header_counts() -> None:
    assert parse_message(PLAIN).to == (
        Address('Bob, the "B', "bob@example.org"),
        Address("Carl", "carl@example.org"),
        Address("", "dora@example.org"),
        Address("Eve", "eve@example.org"),
    )
    assert parse_message(PLAIN).cc == ()
    assert parse_message(PLAIN).defects == ("duplicate-to",)


def test_repeated_headers_are_kept_whatever_their_case() -> None:
    message = parse_message(PLAIN)
    assert len(message.headers["received"]) == 2
    assert [(hop.host, hop.address) for hop in message.hops] == [
        ("mx.example.com", "192.0.2.7"),
        ("10.0.0.5", "2001:db8::5"),
    ]


def test_html_is_the_text_and_both_bodies_give_links() -> None:
    message = parse_message(MIXED)
    assert message.text == "html words\nbank"
    assert [(link.host, link.text) for link in message.links] == [
        ("evil.example", "bank"),
        ("www.plain.example", ""),
    ]
    assert (message.has_text, message.has_html) == (True, True)


def test_attachments() -> None:
    content = b"%PDF-1.4\n% invoice number 42"
    pdf, inner = parse_message(MIXED).attachments
    assert (pdf.filename, pdf.content_type) == ("résumé.pdf", "application/pdf")
    assert (pdf.size, pdf.magic) == (len(content), content[:16])
    assert pdf.sha256 == hashlib.sha256(content).hexdigest()
    assert inner.content_type == "message/rfc822"
    assert inner.magic == b"From: inner@exam"


def test_line_ends_change_nothing() -> None:
    for raw in (PLAIN, MIXED):
        same = parse_message(raw.replace(b"\n", b"\r\n"))
        assert replace(same, size=len(raw)) == parse_message(raw)


def test_broken_base64_is_mended() -> None:
    raw = b"Subject: a\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVs!!bG8\n"
    message = parse_message(raw)
    assert message.text == "hello"
    assert message.defects == ()


def test_broken_attachment_does_not_cost_the_text() -> None:
    message = parse_message(MIXED.replace(b"JVBERi0xLjQK", b"JVBERi0xLjQ?"))
    assert message.text == "html words\nbank"
    assert message.attachments[0].magic.startswith(b"%PDF")


def test_multipart_without_boundary_still_shows_its_text() -> None:
    message = parse_message(b"From: a@b.example\nContent-Type: multipart/mixed\n\npay now\n")
    assert message.text == "pay now"
    assert message.defects == ("no-parts",)


def test_unknown_charset_is_read_as_utf8() -> None:
    message = parse_message("Content-Type: text/plain; charset=nope\n\nGrüße".encode())
    assert (message.text, message.defects) == ("Grüße", ("unknown-charset",))


def test_mailbox_separator_is_no_header() -> None:
    separator = b"From ann@example.com Wed May  1 10:00:00 2024\n"
    expected = parse_message(PLAIN)
    assert parse_message(separator + PLAIN) == replace(expected, size=len(separator + PLAIN))


def test_raw_bytes_in_front_of_an_encoded_word() -> None:
    message = parse_message("Subject: ä =?iso-8859-1?q?=E4?= =?nope\n\n".encode())
    assert message.subject == "ä ä =?nope"


@pytest.mark.parametrize("charset", ["nope", "punycode", "zlib", "utf-7", "utf-16", '"', "\x00"])
def test_strange_charsets(charset: str) -> None:
    assert_sound(
        b"Subject: =?" + charset.encode() + b"?q?+2AA-=ED=A0=80?=\n"
        b"Content-Type: text/plain; charset=" + charset.encode() + b"\n\n+2AA- \xed\xa0\x80\xff\x00"
    )


def test_lone_surrogates_are_replaced() -> None:
    raw = b"Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-7\n\nKzJBQS0!"
    message = parse_message(raw)
    message.text.encode()


def test_batch_is_each() -> None:
    assert parse_messages([PLAIN, MIXED]) == [parse_message(PLAIN), parse_message(MIXED)]


def nested(levels: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
        for level in range(levels)
    )
    return b"From: a@b.example\n" + opened + b"\ndeep\n"


def test_nesting_cap() -> None:
    allowed = parse_message(nested(limits.MAX_NESTING))
    assert (allowed.text, allowed.truncated) == ("deep", ())
    beyond = parse_message(nested(limits.MAX_NESTING + 1))
    assert (beyond.text, beyond.truncated) == ("", ("nesting",))
    assert parse_message(nested(5_000)).truncated == ("nesting",)


def test_parts_cap() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\nword\n" * (
        limits.MAX_PARTS + 1
    )
    message = parse_message(raw)
    assert message.truncated == ("parts",)
    assert message.text.count("word") == limits.MAX_PARTS


def test_attachments_cap() -> None:
    part = b"--x\nContent-Type: image/png\n\ny\n"
    raw = b"Content-Type: multipart/mixed; boundary=x\n\n" + part * (limits.MAX_ATTACHMENTS + 1)
    message = parse_message(raw)
    assert message.truncated == ("attachments",)
    assert len(message.attachments) == limits.MAX_ATTACHMENTS


def test_headers_cap() -> None:
    message = parse_message(b"X: y\n" * (limits.MAX_HEADERS + 5) + b"\nbody")
    assert message.truncated == ("headers",)
    assert len(message.headers["x"]) == limits.MAX_HEADERS
    assert message.text == "body"


def test_header_length_cap() -> None:
    message = parse_message(b"X: " + b"y" * (limits.MAX_HEADER_LENGTH + 1) + b"\n\nbody")
    assert message.truncated == ("header-length",)
    assert len(message.headers["x"][0]) == limits.MAX_HEADER_LENGTH


def test_recipients_cap() -> None:
    message = parse_message(b"To: " + b"a@b.example, " * (limits.MAX_RECIPIENTS + 1) + b"\n\nbody")
    assert message.truncated == ("recipients",)
    assert len(message.to) == limits.MAX_RECIPIENTS


def test_links_cap() -> None:
    urls = "\n".join(f"http://{number}.e" for number in range(limits.MAX_LINKS + 1))
    message = parse_message(b"\n" + urls.encode())
    assert message.truncated == ("links",)
    assert len(message.links) == limits.MAX_LINKS


def test_hops_cap() -> None:
    message = parse_message(b"Received: from a by b\n" * (limits.MAX_HOPS + 1) + b"\n")
    assert message.truncated == ("hops",)
    assert len(message.hops) == limits.MAX_HOPS


def test_text_cap() -> None:
    message = parse_message(b"\n" + b"a" * (limits.MAX_TEXT_LENGTH + 1))
    assert message.truncated == ("text-length",)
    assert len(message.text) == limits.MAX_TEXT_LENGTH


def test_message_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_MESSAGE_BYTES", 20)
    message = parse_message(b"Subject: a\n\n12345678901234567890")
    assert (message.truncated, message.text, message.size) == (("message-bytes",), "12345678", 32)


def test_encoded_words_in_bulk_take_no_quadratic_time() -> None:
    message = parse_message(b"Subject: " + b"=?" * 500_000 + b"\n\nbody")
    assert message.text == "body"


@given(st.binary(max_size=600))
def test_no_bytes_raise(raw: bytes) -> None:
    assert_sound(raw)


_LINES = [*PLAIN.splitlines(keepends=True), *MIXED.splitlines(keepends=True), b"\n", b"\x00\xff\n"]


@given(st.lists(st.sampled_from(_LINES), max_size=40))
def test_no_order_of_lines_raises(lines: list[bytes]) -> None:
    assert_sound(b"".join(lines))


@settings(max_examples=300)
@given(st.sampled_from([PLAIN, MIXED]), st.integers(0, 2**32))
def test_no_mutation_raises(raw: bytes, seed: int) -> None:
    chance = random.Random(seed)
    mail = bytearray(raw)
    for _ in range(chance.randint(1, 20)):
        at = chance.randrange(len(mail))
        kind = chance.randrange(4)
        if kind == 0:
            mail[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del mail[at : at + chance.randint(1, 30)]
        elif kind == 2:
            mail[at:at] = chance.choice(
                [b"\x00", b"\n\n", b"=?", b'"', b"(", b"\xed\xa0\x80", b";"]
            )
        else:
            mail += mail[at : at + 200]
        if not mail:
            break
    assert_sound(bytes(mail))
