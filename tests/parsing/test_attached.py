"""What stands in attachments that a reader opens like the message itself."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from detection_stream.model.envelope import Envelope
from detection_stream.parsing.attached import MAX_DEPTH, MAX_READ
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.signals.message_batch import MessageBatch

LURE = "Please buy gift cards and send me the codes. http://evil.example/x"


def mail(text: str = "See attached.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "ann@a.example", "Hello"
    message.set_content(text)
    return message


def attached(kind: str, name: str | None, content: bytes) -> EmailMessage:
    message = mail()
    main, sub = kind.split("/")
    message.add_attachment(content, main, sub, filename=name)
    return message


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("text/plain", "note.txt"),
        ("text/x-note", None),
        ("application/octet-stream", "note.TXT"),
        ("text/html", "page.html"),
        ("application/octet-stream", "page.htm"),
    ],
)
def test_text_and_html_are_read(kind: str, name: str | None) -> None:
    message = parse_message(attached(kind, name, LURE.encode()).as_bytes())
    assert "gift cards" in message.attached_text
    batch = MessageBatch([message], [Envelope("t", frozenset(), 0)])
    assert batch.phrases["gift_card"][0] >= 1


@pytest.mark.parametrize(
    ("kind", "name"), [("text/csv", "a.csv"), ("application/pdf", "a.pdf"), ("text/calendar", None)]
)
def test_data_is_only_described(kind: str, name: str | None) -> None:
    message = parse_message(attached(kind, name, LURE.encode()).as_bytes())
    assert message.attached_text == ""


def test_an_attached_message_is_read_with_its_links_and_files() -> None:
    inner = attached("application/zip", "bill.zip", b"PK\x03\x04")
    inner.replace_header("Subject", "Urgent")
    outer = mail()
    inner_text = mail(LURE)
    inner_text.add_attachment(inner)
    outer.add_attachment(inner_text)
    message = parse_message(outer.as_bytes())
    assert "gift cards" in message.attached_text
    assert "Urgent" in message.attached_text
    assert "evil.example" in {link.host for link in message.links}
    assert "bill.zip" in {one.filename for one in message.attachments}


def test_nesting_and_number_are_bounded() -> None:
    message = mail("innermost words")
    for _ in range(MAX_DEPTH + 2):
        outer = mail("between")
        outer.add_attachment(message)
        message = outer
    assert "innermost" not in parse_message(message.as_bytes()).attached_text
    many = mail()
    for number in range(MAX_READ + 3):
        many.add_attachment(f"part{number}x".encode(), "text", "plain", filename="a.txt")
    found = parse_message(many.as_bytes()).attached_text
    assert f"part{MAX_READ - 1}x" in found
    assert f"part{MAX_READ}x" not in found


def test_text_beside_other_html_is_kept() -> None:
    message = mail(LURE)
    message.add_alternative("<p>Nothing but a harmless greeting here</p>", "html")
    assert "gift cards" in parse_message(message.as_bytes()).attached_text
    same = mail("the same words in both of them")
    same.add_alternative("<p>the same words in both of them</p>", "html")
    assert parse_message(same.as_bytes()).attached_text == ""


def test_quoted_text_counts_unless_it_continues_a_conversation() -> None:
    def counted(headers: str) -> float:
        raw = f"From: a@b.example\n{headers}\nHi\n\nOn Monday, Bob <b@c.example> wrote:\n> {LURE}\n"
        batch = MessageBatch([parse_message(raw.encode())], [Envelope("t", frozenset(), 0)])
        return float(batch.phrases["gift_card"][0])

    assert counted("Subject: x\n") >= 1
    assert counted("Subject: x\nIn-Reply-To: <1@a.example>\n") == 0
