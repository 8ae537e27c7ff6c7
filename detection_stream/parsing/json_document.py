"""Reads one JSON object with the fields of a message, each cut to its cap before it is decoded.

Decoding takes up to forty times the memory of the text, so a record of a million recipients would
take more than a gigabyte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import orjson

from detection_stream.errors import MessageError
from detection_stream.parsing import limits
from detection_stream.parsing.json_cut import Most, cut

_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
_MAX_SMALL: Final = 1_000
"""Bytes of a field that cannot hold more than a cap allows."""

_HEADER = Most(characters=limits.MAX_HEADER_LENGTH)
_MAILBOXES = Most(limits.MAX_RECIPIENTS, 4 * limits.MAX_RECIPIENTS)
_MOST: dict[str, tuple[Most, str]] = {
    "message_id": (_HEADER, "header-length"),
    "subject": (_HEADER, "header-length"),
    "in_reply_to": (_HEADER, "header-length"),
    "from": (Most(elements=8), "header-length"),
    "to": (_MAILBOXES, "recipients"),
    "cc": (_MAILBOXES, "recipients"),
    "bcc": (_MAILBOXES, "recipients"),
    "reply_to": (_MAILBOXES, "recipients"),
    "references": (
        Most(limits.MAX_REFERENCES, limits.MAX_REFERENCES, limits.MAX_HEADER_LENGTH),
        "references",
    ),
    "headers": (
        Most(
            limits.MAX_HEADERS,
            limits.MAX_HEADERS,
            limits.MAX_HEADER_LENGTH,
            limits.MAX_HEADER_BLOCK_BYTES,
        ),
        "headers",
    ),
    "text": (Most(characters=limits.MAX_TEXT_LENGTH), "text-length"),
    "html": (Most(characters=limits.MAX_BODY_BYTES), "html-length"),
    "attachments": (
        Most(
            limits.MAX_ATTACHMENTS,
            8 * limits.MAX_ATTACHMENTS,
            limits.MAX_MESSAGE_BYTES,
            limits.MAX_MESSAGE_BYTES,
        ),
        "attachments",
    ),
    "date": (Most(), "header-length"),
    "received_at": (Most(), "header-length"),
}
_Fields = msgspec.defstruct(
    "_Fields",
    [(name, msgspec.Raw, msgspec.Raw()) for name in _MOST if name != "from"]
    + [("sender", msgspec.Raw, msgspec.Raw())],
    rename={"sender": "from"},
)
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Fields)
_ATTRIBUTES = {name: "sender" if name == "from" else name for name in _MOST}


@dataclass(frozen=True, slots=True)
class Document:
    """The fields of a message that a JSON record has, and the caps that they exceeded.

    ``defects`` says what had to be repaired to read them.
    """

    fields: dict[str, Any]
    truncated: tuple[str, ...]
    defects: tuple[str, ...] = ()


def read_document(record: bytes) -> Document:
    """The known fields of a JSON object; others are skipped.

    Raises:
        MessageError: the record is not a JSON object.
    """
    try:
        return _read(record)
    except MessageError:
        mended = _mended(record)
        if mended == record:
            raise
    return replace(_read(mended), defects=("unreadable-characters",))


def _mended(record: bytes) -> bytes:
    """The record with U+FFFD for each half of a surrogate pair and each byte that is not UTF-8."""
    record = record.decode("utf-8", "replace").encode()
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], record)


def _read(record: bytes) -> Document:
    try:
        found = _DECODER.decode(record)
        fields: dict[str, Any] = {}
        truncated: list[str] = []
        for name, (most, cap) in _MOST.items():
            if text := bytes(getattr(found, _ATTRIBUTES[name])):
                if len(text) > _MAX_SMALL:
                    text, was_cut = cut(text, most)
                    truncated += [cap] * was_cut
                fields[name] = orjson.loads(text)
    except msgspec.ValidationError as error:
        raise MessageError(
            "the record must be a JSON object with the fields of a message"
        ) from error
    except (msgspec.DecodeError, orjson.JSONDecodeError, RecursionError) as error:
        raise MessageError(f"the record is not JSON: {error}") from error
    return Document(fields, tuple(truncated))
