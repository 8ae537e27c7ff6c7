"""Messages in their JSON form: as lenient as mail."""

from __future__ import annotations

import orjson
import pytest

from detection_stream.errors import MessageError
from detection_stream.model.message import Message
from detection_stream.parsing.json_message import parse_json
from tests.reading.cases import raw


def read(name: str) -> list[Message]:
    return [parse_json(line) for line in raw(f"{name}.jsonl").splitlines()]


def test_dates_of_both_kinds() -> None:
    first, second = read("json-date-rfc5322")
    assert first.date == second.date == 1_714_557_600_000


def test_an_unreadable_date_is_a_defect() -> None:
    (message,) = read("json-date-bad")
    assert (message.date, message.defects) == (None, ("unreadable-date",))
    assert message.subject == "J4"


def test_null_is_nothing() -> None:
    (message,) = read("json-null-to")
    assert (message.to, message.attachments, message.text) == ((), (), "hi")


def test_half_a_surrogate_pair_is_replaced() -> None:
    _, message = read("json-surrogate")
    assert message.subject == "J8 \ufffd"
    assert message.defects == ("unreadable-characters",)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (rb"\ud83d\ude00", "😀"),
        (rb"\\ud83d \ude00", "\\ud83d \ufffd"),
        (b"Gr\xfc\xdfe \\ud800", "Gr\ufffd\ufffde \ufffd"),
        (b"Gr\xfc\xdfe", "Gr\ufffd\ufffde"),
    ],
)
def test_characters(written: bytes, expected: str) -> None:
    assert parse_json(b'{"subject": "' + written + b'"}').subject == expected


def test_broken_base64_costs_no_attachment() -> None:
    one = {"filename": "a.exe", "content": "TVqQ!AAM\n="}
    message = parse_json(orjson.dumps({"attachments": [one]}))
    assert message.attachments[0].magic == b"MZ\x90\x00\x03"
    assert message.defects == ("broken-base64",)


def test_what_is_no_message_is_refused() -> None:
    good, cut, last = raw("json-bad-line.jsonl").splitlines()
    assert parse_json(good).subject == "J1"
    assert parse_json(last).subject == "J7"
    with pytest.raises(MessageError, match="not JSON"):
        parse_json(cut)


def test_another_form_is_refused_by_name() -> None:
    with pytest.raises(MessageError, match="from must be an object"):
        read("json-string-addr")
