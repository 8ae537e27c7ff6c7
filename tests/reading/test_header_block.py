"""What stands before and among the fields, and what they hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detection_stream.parsing.rfc5322 import parse_message
from tests.reading.cases import raw, reading

READ = (
    "eml-bom",
    "eml-bom-from",
    "eml-lead-blank",
    "eml-mozilla",
    "eml-msbanner",
    "eml-utf16",
    "hdr-gtfrom",
    "hdr-junk-line",
    "hdr-space-colon",
    "hdr-crcrlf",
    "hdr-mixed-eol",
    "hdr-nospace",
    "hdr-nobody",
    "hdr-nul",
)
MAIL = b"From: Ann <a@b.example>\nSubject: Hello\nMessage-ID: <m@b.example>\n\nbody\n"


@pytest.mark.parametrize("name", READ)
def test_the_sender_is_read(name: str) -> None:
    found = reading(name)
    assert found.message.sender.address.endswith(f"@{name}.example")
    assert found.message.subject
    assert found.received_at // 86_400_000 == 19_844  # 2024-05-01


@pytest.mark.parametrize("name", [name for name in READ if name != "hdr-nobody"])
def test_the_body_is_read(name: str) -> None:
    assert reading(name).message.text
    assert ":" not in reading(name).message.text


def test_a_field_behind_an_empty_line_counts_when_the_sender_is_missing() -> None:
    message = reading("hdr-blank-mid").message
    assert message.sender.address == "sales@hdr-blank-mid.example"
    assert message.subject == "Order confirmation"
    assert "Order confirmation words" in message.text
    assert "empty-line-in-header" in message.defects


def test_blanks_before_the_colon() -> None:
    message = reading("hdr-ar-space-colon").message
    assert message.message_id.endswith("@hdr-ar-space-colon.example")
    assert message.reply_to


def test_glued_identifier() -> None:
    assert reading("hdr-msgid-glued").message.message_id == "glued@hdr.example"


def test_an_identifier_among_comments_and_blanks() -> None:
    assert reading("mid-comment").message.message_id == "mc@mid-comment.example"


def test_nothing_that_a_mail_needs() -> None:
    assert reading("hdr-nomid-nosubject").verdict != "none"


def test_the_first_of_doubled_fields_counts_and_is_told() -> None:
    found = reading("dup-subject")
    assert "duplicate-subject" in found.message.defects
    assert found.recipients == ["bob@acme.example", "carol@acme.example"]


@pytest.mark.parametrize("name", ["mime-nosep", "mime-nosep-plain"])
def test_a_body_without_an_empty_line_before_it(name: str) -> None:
    found = reading(name)
    assert found.message.sender.address.startswith("pat@")
    if name == "mime-nosep":
        assert found.message.text == "html words"
        assert "plain words" in found.message.attached_text
    else:
        assert "This line is no header" in found.message.text
        assert "login-portal.evil-b.example" in found.hosts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbf", b""),
        (b"\n\n \n", b""),
        (b"From ann@b.example Wed May  1 10:00:00 2024\n", b""),
        (b">From ann@b.example Wed May  1 10:00:00 2024\n", b""),
        (b"From \n", b""),
        (b"Some Export Tool 3.1\n\n", b""),
        (b"%d\n" % len(MAIL), b'<?xml version="1.0"?><plist><dict/></plist>'),
    ],
)
def test_what_programs_put_around_a_mail_changes_nothing(before: bytes, after: bytes) -> None:
    found = parse_message(before + MAIL + after)
    assert replace(found, size=len(MAIL), defects=()) == parse_message(MAIL)


@pytest.mark.parametrize("end", [b"\r\n", b"\r\r\n", b"\r"])
def test_line_ends(end: bytes) -> None:
    found = parse_message(MAIL.replace(b"\n", end))
    assert found.sender.address == "a@b.example"
    assert found.message_id == "m@b.example"
    assert found.text == "body"


def test_a_field_behind_a_bare_carriage_return_is_seen() -> None:
    found = parse_message(b"Subject: x\rFrom: a@b.example\r\nFrom: c@d.example\r\n\r\nbody")
    assert {"bare-carriage-return", "duplicate-from"} <= {*found.defects}


@pytest.mark.parametrize("junk", [b"no field at all\n", b": no name\n", b"caf\xc3\xa9: x\n"])
def test_junk_among_fields(junk: bytes) -> None:
    found = parse_message(b"To: c@d.example\n" + junk + MAIL)
    assert found.sender.address == "a@b.example"
    assert found.to[0].address == "c@d.example"
    assert "junk-in-header" in found.defects


def test_text_that_resembles_fields_is_text() -> None:
    letter = b"Dear all,\nplease note: the canteen is closed.\n"
    assert parse_message(letter).text == letter.decode().strip()
    assert parse_message(MAIL + b"\nSubject: not one\n\nx").subject == "Hello"


def test_fields_that_a_reply_quotes_stay_text() -> None:
    quoted = b"\n-----Original Message-----\nFrom: x@y.example\nSubject: Old\n\nhello\n"
    found = parse_message(MAIL.replace(b"\nbody\n", quoted))
    assert (found.sender.address, found.subject) == ("a@b.example", "Hello")


def test_cases_are_read_alike_with_other_line_ends() -> None:
    for name in ("hdr-space-colon", "hdr-gtfrom", "hdr-junk-line", "dup-subject"):
        mail = raw(f"{name}.eml")
        same = parse_message(mail.replace(b"\r\n", b"\n"))
        assert replace(same, size=len(mail)) == parse_message(mail)
