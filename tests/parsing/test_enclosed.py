"""What stands in attachments that a reader opens like the message itself."""

from __future__ import annotations

from base64 import b64encode
from email.message import EmailMessage

import orjson
import pytest

from detection_stream.model.envelope import Envelope
from detection_stream.parsing import enclosed, limits
from detection_stream.parsing.html import Page, read_html
from detection_stream.parsing.json_message import parse_json
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


def within(message: EmailMessage, levels: int) -> EmailMessage:
    for _ in range(levels):
        outer = mail("between")
        outer.add_attachment(message)
        message = outer
    return message


def test_depth_and_number_hide_nothing() -> None:
    deep = within(mail("innermost words"), 10)
    assert "innermost" in parse_message(deep.as_bytes()).attached_text
    many = mail()
    for number in range(50):
        many.add_attachment(f"part{number}x".encode(), "text", "plain", filename="a.txt")
    assert "part49x" in parse_message(many.as_bytes()).attached_text


def test_more_messages_than_the_cap_are_told() -> None:
    deep = parse_message(within(mail("innermost"), limits.MAX_ENCLOSED_MESSAGES + 1).as_bytes())
    assert "innermost" not in deep.attached_text
    assert deep.truncated == ("enclosed-messages",)


def test_pages_share_one_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def measured(source: str) -> Page:
        read.append(len(source))
        return read_html(source)

    monkeypatch.setattr(enclosed, "read_html", measured)
    message = mail()
    for _ in range(5):
        message.add_attachment(b"<p>x" * 10_000, "text", "html", filename="a.html")
    inner = message
    message = mail()
    for _ in range(3):
        message.add_attachment(inner)
    assert parse_message(message.as_bytes()).truncated == ("enclosed-length",)
    assert sum(read) == limits.MAX_ENCLOSED_LENGTH


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "cp1252"])
def test_files_without_a_charset_are_read(charset: str) -> None:
    content = "<p>Fa\u00e7ade: please buy gift cards".encode(charset)
    message = parse_message(attached("text/html", "a.html", content).as_bytes())
    assert message.attached_text == "Fa\u00e7ade: please buy gift cards"


def test_a_password_is_asked_for_in_a_file() -> None:
    form = b"<form><input type=password></form>"
    message = parse_message(attached("text/html", "a.html", form).as_bytes())
    assert (message.forms, message.password_fields) == (1, 1)


def test_files_of_json_messages_are_read() -> None:
    file = {"filename": "a.txt", "content": b64encode(LURE.encode()).decode()}
    message = parse_json(orjson.dumps({"text": "See attached.", "attachments": [file]}))
    assert "gift cards" in message.attached_text
    assert [link.host for link in message.links] == ["evil.example"]


def test_the_type_that_shows_text_wins() -> None:
    raw = b"Content-Type: image/png\nContent-Type: text/plain\n\n" + LURE.encode()
    assert parse_message(raw).text == LURE


def test_text_beside_other_html_is_kept() -> None:
    message = mail(LURE)
    message.add_alternative("<p>Nothing but a harmless greeting here</p>", "html")
    assert "gift cards" in parse_message(message.as_bytes()).attached_text
    same = mail("the same words in both of them")
    same.add_alternative("<p>the same words in both of them</p>", "html")
    assert parse_message(same.as_bytes()).attached_text == ""
