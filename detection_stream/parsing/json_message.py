"""A message as one JSON object, for sources that have already parsed the mail.

Every field is optional::

    {"message_id": "a@example.com",
     "subject": "Hello",
     "from": {"name": "Ann", "address": "ann@example.com"},
     "to": [{"address": "bob@example.com"}], "cc": [], "bcc": [], "reply_to": [],
     "date": "2024-05-01T10:00:00Z",
     "headers": {"Received": ["from a by b; ...", "..."], "X-Mailer": "one"},
     "text": "...", "html": "<p>...</p>",
     "attachments": [{"filename": "a.pdf", "content_type": "application/pdf",
                      "size": 9, "sha256": "...", "content": "JVBERi0="}],
     "in_reply_to": "b@example.com",
     "references": ["c@example.com"]}

``content`` is base64; if given, size and hash are computed from it. ``date`` is in the form of
RFC 3339 or RFC 5322. A value that cannot be read is a defect of the message, one of another type
than above an error.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from typing import Any, TypeVar

from detection_stream.errors import MessageError
from detection_stream.model.message import Address, Attachment, Message
from detection_stream.parsing import limits
from detection_stream.parsing.addresses import mailbox
from detection_stream.parsing.attachments import MAX_NAME_LENGTH, describe
from detection_stream.parsing.authentication import RESULT_FIELDS
from detection_stream.parsing.build import Parts, build
from detection_stream.parsing.content_digest import json_digest
from detection_stream.parsing.dates import parse_date
from detection_stream.parsing.enclosed import open_enclosures
from detection_stream.parsing.enclosure import enclosures_of
from detection_stream.parsing.json_document import read_document
from detection_stream.parsing.transfer import from_base64

_SHA256_LENGTH = 64
_T = TypeVar("_T")
_Object = Mapping[str, Any]
_NAMES = {str: "a string", int: "an integer", list: "a list", dict: "an object"}


def parse_json(record: bytes) -> Message:
    """The message of one JSON record; raises :class:`MessageError` naming an invalid field."""
    document = read_document(record)
    fields = document.fields
    headers = _headers(fields)
    defects = list(document.defects)
    files = [
        _attachment(one, f"attachments[{index}]", defects)
        for index, one in enumerate(_get(fields, "attachments", list, []))
    ]
    enclosed = [(one.filename, one.content_type, content) for one, content in files]
    parts = Parts(
        headers=headers,
        addresses=_addresses(fields),
        trace=_trace(headers),
        date=_date(fields, headers, defects),
        texts=[_get(fields, "text", str, "")],
        htmls=[_get(fields, "html", str, "")],
        attachments=tuple(attachment for attachment, _ in files),
        size=len(record),
        digest=json_digest(record),
        defects=defects,
        truncated=list(document.truncated),
        enclosures=enclosures_of(enclosed),
    )
    open_enclosures(parts)
    return build(parts)


def _trace(headers: Mapping[str, tuple[str, ...]]) -> list[str]:
    """An order of the fields of hosts on the way; JSON keeps only that of equal names.

    The first of each name counts as the receiving host's, a further one as one hop below.
    """
    most = max((len(headers.get(name, ())) for name in RESULT_FIELDS), default=0)
    return [
        name
        for number in range(most)
        for name in (*(n for n in RESULT_FIELDS if len(headers.get(n, ())) > number), "received")
    ]


def _get(document: _Object, name: str, kind: type[_T], default: _T, where: str = "") -> _T:
    value = document.get(name)
    if value is None:
        return default
    # JSON's true is not a number, though bool is an int in Python.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _wrong(where + name, _NAMES[kind], value)
    return value


def _wrong(field: str, expected: str, value: object) -> MessageError:
    return MessageError(f"{field} must be {expected}, not {type(value).__name__}")


def _headers(document: _Object) -> dict[str, tuple[str, ...]]:
    headers: dict[str, list[str]] = {}
    for name, value in _get(document, "headers", dict, {}).items():
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise _wrong(f"headers.{name}", "a string or a list of strings", value)
        if values:
            headers.setdefault(name.lower(), []).extend(
                value[: limits.MAX_HEADER_LENGTH] for value in values
            )
    references = _get(document, "references", list, [])
    if not all(isinstance(one, str) for one in references):
        raise MessageError("references must be a list of strings")
    own = {
        "message-id": _get(document, "message_id", str, ""),
        "subject": _get(document, "subject", str, ""),
        "in-reply-to": _get(document, "in_reply_to", str, ""),
        "references": " ".join(f"<{one.strip('<> ')}>" for one in references),
    }
    # A dedicated field takes precedence over the headers.
    return {name: tuple(values) for name, values in headers.items()} | {
        name: (value[: limits.MAX_HEADER_LENGTH],) for name, value in own.items() if value
    }


def _addresses(document: _Object) -> dict[str, tuple[Address, ...]]:
    sender = _get(document, "from", dict, {})
    found: dict[str, tuple[Address, ...]] = {}
    if sender:
        found["from"] = (_address(sender, "from"),)
    for name in ("to", "cc", "bcc", "reply_to"):
        entries = _get(document, name, list, [])
        found[name.replace("_", "-")] = tuple(
            _address(one, f"{name}[{index}]") for index, one in enumerate(entries)
        )
    return found


def _address(entry: object, where: str) -> Address:
    if not isinstance(entry, dict):
        raise _wrong(where, "an object with name and address", entry)
    where += "."
    return mailbox(_get(entry, "name", str, "", where), _get(entry, "address", str, "", where))


def _date(
    document: _Object, headers: Mapping[str, tuple[str, ...]], defects: list[str]
) -> int | None:
    value = _get(document, "date", str, "")
    if not value:
        return parse_date(headers["date"][0]) if headers.get("date") else None
    at = parse_date(value)
    if at is None:
        defects.append("unreadable-date")
    return at


def _attachment(entry: object, where: str, defects: list[str]) -> tuple[Attachment, bytes]:
    if not isinstance(entry, dict):
        raise _wrong(where, "an object", entry)
    where += "."
    filename = _get(entry, "filename", str, "", where)
    content_type = _get(entry, "content_type", str, "application/octet-stream", where)
    content = _get(entry, "content", str, "", where)
    if content:
        try:
            data = binascii.a2b_base64(content, strict_mode=True)
        except ValueError:
            defects.append("broken-base64")
            data = from_base64(content.encode("utf-8", "replace"))
        return describe(filename, content_type, data), data
    described = Attachment(
        filename=filename[:MAX_NAME_LENGTH],
        content_type=content_type[:MAX_NAME_LENGTH].lower(),
        size=_get(entry, "size", int, 0, where),
        sha256=_get(entry, "sha256", str, "", where)[:_SHA256_LENGTH].lower(),
        magic=b"",
    )
    return described, b""
