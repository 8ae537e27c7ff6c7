import base64
import contextlib
import hashlib
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.errors import MessageError
from detection_stream.model.message import Address, Attachment, Message
from detection_stream.parsing import parse_json


def read(**fields: object) -> Message:
    return parse_json(orjson.dumps(fields))


def test_every_field() -> None:
    message = parse_json(
        orjson.dumps(
            {
                "message_id": "<a@example.com>",
                "subject": " Hello ",
                "from": {"name": "Ann", "address": "Ann@Example.com"},
                "to": [{"address": "bob@example.org"}],
                "cc": [{"name": "C", "address": "c@example.org"}],
                "bcc": [{"address": "d@example.org"}],
                "reply_to": [{"address": "e@example.org"}],
                "date": "2024-05-01T12:00:00+02:00",
                "headers": {
                    "Received": ["from a.example ([192.0.2.1]) by b", "from c by d"],
                    "Authentication-Results": "x; spf=pass",
                    "Subject": "other",
                },
                "text": "plain",
                "html": '<p>shown<span style="display:none">not</span></p>',
                "in_reply_to": "b@example.com",
                "references": ["<c@example.com>", "b@example.com"],
            }
        )
    )
    assert (message.message_id, message.subject) == ("a@example.com", "Hello")
    assert message.sender == Address("Ann", "ann@example.com")
    assert [box.address for box in message.to + message.cc + message.bcc + message.reply_to] == [
        "bob@example.org",
        "c@example.org",
        "d@example.org",
        "e@example.org",
    ]
    assert message.date == 1_714_557_600_000
    assert [hop.host for hop in message.hops] == ["a.example", "c"]
    assert message.results[0].methods[0].result == "pass"
    assert (message.text, message.hidden_characters) == ("shown", 3)
    assert message.in_reply_to == "b@example.com"
    assert message.references == ("c@example.com", "b@example.com")


def test_attachment_by_content_and_by_description() -> None:
    described = {"filename": "b.zip", "content_type": "Application/ZIP", "size": 7, "sha256": "AB"}
    given_whole = {"filename": "a.txt", "content": base64.b64encode(b"hello").decode(), "size": 99}
    message = read(attachments=[given_whole, described])
    assert message.attachments == (
        Attachment(
            "a.txt",
            "application/octet-stream",
            5,
            hashlib.sha256(b"hello").hexdigest(),
            b"hello",
        ),
        Attachment("b.zip", "application/zip", 7, "ab", b""),
    )


def test_date_of_the_headers_stands_in() -> None:
    assert read(headers={"Date": "Wed, 1 May 2024 10:00:00 +0000"}).date == 1_714_557_600_000


def test_a_header_without_values_is_not_there() -> None:
    headers = read(headers={"Auto-Submitted": [], "X-Mailer": ["one"], "x-mailer": []}).headers
    assert headers == {"x-mailer": ("one",)}


def test_empty_object_is_an_empty_message() -> None:
    assert replace(parse_json(b"{}"), digest=b"") == Message(size=2)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"subject": 1}, "subject must be a string, not int"),
        ({"from": "ann@example.com"}, "from must be an object"),
        ({"to": {"address": "a"}}, "to must be a list"),
        ({"to": ["a@b.example"]}, r"to\[0\] must be an object with name and address"),
        ({"cc": [{}, {"address": 3}]}, r"cc\[1\].address must be a string"),
        ({"headers": {"X": 1}}, "headers.X must be a string or a list of strings"),
        ({"headers": []}, "headers must be an object"),
        ({"references": [1]}, "references must be a list of strings"),
        ({"attachments": [1]}, r"attachments\[0\] must be an object"),
        ({"attachments": [{"size": True}]}, r"attachments\[0\].size must be an integer"),
    ],
)
def test_wrong_types_name_the_field(fields: dict[str, object], words: str) -> None:
    with pytest.raises(MessageError, match=words):
        read(**fields)


@pytest.mark.parametrize("record", [b"", b"[]", b"nonsense", b'"\\ud800"', b"\xff"])
def test_not_an_object(record: bytes) -> None:
    with pytest.raises(MessageError, match="the record"):
        parse_json(record)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
_FIELDS = st.sampled_from(
    ["from", "to", "date", "headers", "text", "html", "attachments", "references"]
)


@given(st.dictionaries(_FIELDS, _JSON, max_size=4))
def test_nothing_but_message_errors(document: dict[str, object]) -> None:
    with contextlib.suppress(MessageError):
        parse_json(orjson.dumps(document)).text.encode()
