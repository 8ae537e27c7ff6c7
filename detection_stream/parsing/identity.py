"""Arrival time and identity of a message, the same for every input path.

A message that comes as .eml, in an mbox, in an archive or through a topic has the same arrival
time and uid. Both are read from the header block alone, without parsing the mail, and
never depend on the clock.

``received_at`` is the first readable one from ``MIN_RECEIVED_MS`` to the latest that is possible,
at most ``MAX_RECEIVED_MS``:

1. the date of the top Received header, written by the receiving server;
2. the date of the mbox From_ line, where there is one;
3. the Date header, the sender's claim.

A message with none of them arrived at :data:`UNDATED`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from detection_stream.parsing import dates
from detection_stream.parsing.content_digest import digest_of, json_digest
from detection_stream.parsing.encoded_words import decode_words
from detection_stream.parsing.header_text import unfold
from detection_stream.parsing.mail_head import Fields, read_head

MIN_RECEIVED_MS: Final = 631_152_000_000
"""1990-01-01 in milliseconds since 1970."""

MAX_RECEIVED_MS: Final = 4_102_444_800_000
"""2100-01-01 in milliseconds since 1970, exclusive."""

UNDATED: Final = 0
"""Milliseconds since 1970 meaning "undated"; such messages come first."""

_UID_BYTES = 16
_MAX_DATE_BYTES = 128
_COMMENT = re.compile(r"\([^()]*+\)")


def identify(
    raw: bytes, tenant: str, envelope_date: int | None = None, latest: int = MAX_RECEIVED_MS
) -> tuple[int, str]:
    """``received_at`` (:data:`UNDATED` if there is no date) and uid of a message.

    ``envelope_date`` is the From_ line's date in milliseconds.
    """
    head = read_head(raw)
    at = received_at(head.fields, envelope_date, latest) or UNDATED
    return at, uid(tenant, message_id(head.fields), digest_of(head), at)


def identify_json(
    document: Mapping[str, Any], raw: bytes, tenant: str, latest: int = MAX_RECEIVED_MS
) -> tuple[int, str]:
    """Like :func:`identify` for a message in its JSON form; ``raw`` is the record's text."""
    at = received_at_json(document, latest) or UNDATED
    return at, uid(tenant, message_id_json(document), json_digest(raw), at)


def uid(tenant: str, message_id: str, digest: bytes, received_at: int) -> str:
    """32 hex digits that identify the message, from its tenant, Message-ID, content and arrival.

    ``digest`` is that of :mod:`detection_stream.parsing.content_digest`: other content under the
    same Message-ID is another message. ``received_at`` is in milliseconds since 1970.
    """
    owner, name = (
        tenant.encode("utf-8", "surrogatepass"),
        message_id.encode("utf-8", "surrogatepass"),
    )
    # The lengths delimit the fields unambiguously.
    text = b"%d:%d:%d:%s%s%s" % (len(owner), len(name), received_at, owner, name, digest)
    return blake2b(text, digest_size=_UID_BYTES).hexdigest()


def received_at(
    fields: Fields, envelope_date: int | None = None, latest: int = MAX_RECEIVED_MS
) -> int | None:
    """Milliseconds since 1970 UTC at which the message arrived; None if unknown."""
    at = top_received_at(fields)
    if at is not None and at <= latest:
        return at
    at = _in_bounds(envelope_date)
    if at is not None and at <= latest:
        return at
    at = parse_date(_first(fields, "date"))
    return at if at is not None and at <= latest else None


def top_received_at(fields: Fields) -> int | None:
    """Milliseconds since 1970 UTC of the top Received header alone; None if there is none."""
    return _received_date(_first(fields, "received"))


def received_at_json(document: Mapping[str, Any], latest: int = MAX_RECEIVED_MS) -> int | None:
    """Like :func:`received_at` for the JSON form of a message.

    The first readable one of the field ``received_at`` (RFC 3339, or milliseconds since
    1970), the top Received of ``headers``, the field ``date`` and the Date of ``headers``.
    """
    for at in (
        _timestamp(document.get("received_at")),
        _received_date(_json_header(document, "received").encode("utf-8", "surrogatepass")),
        _timestamp(document.get("date")),
        _timestamp(_json_header(document, "date")),
    ):
        if at is not None and at <= latest:
            return at
    return None


def message_id(fields: Fields) -> str:
    """The Message-ID without its angle brackets; empty if there is none."""
    return identifier(decode_words(unfold(_first(fields, "message-id"))))


def message_id_json(document: Mapping[str, Any]) -> str:
    """Like :func:`message_id` for the JSON form: ``message_id``, else that of ``headers``."""
    value = document.get("message_id")
    own = identifier(value) if isinstance(value, str) else ""
    return own or identifier(_json_header(document, "message-id"))


def identifier(value: str) -> str:
    """A message identifier as programs compare it: what is in the first angle brackets.

    Without brackets it is the value without comments.
    """
    _, bracket, rest = value.partition("<")
    if bracket and (found := "".join(rest.partition(">")[0].split())):
        return found
    return " ".join(_COMMENT.sub(" ", value).split()).strip("<> ")


def parse_date(value: bytes) -> int | None:
    """Milliseconds since 1970 of an RFC 5322 date; None if unreadable or out of bounds."""
    text = value[:_MAX_DATE_BYTES].decode("latin-1")
    return _in_bounds(dates.parse_date(" ".join(text.split())))


def _first(fields: Fields, wanted: str) -> bytes:
    """The value of the first such field, still folded; empty if there is none."""
    return next((value for name, value in fields if name == wanted), b"")


def _json_header(document: Mapping[str, Any], name: str) -> str:
    headers = document.get("headers")
    if not isinstance(headers, dict):
        return ""
    for key, value in headers.items():
        if isinstance(key, str) and key.lower() == name:
            first = value[0] if isinstance(value, list) and value else value
            return first if isinstance(first, str) else ""
    return ""


def _received_date(value: bytes) -> int | None:
    _, semicolon, stamp = value.rpartition(b";")
    return parse_date(stamp) if semicolon else None


def _timestamp(value: object) -> int | None:
    """Milliseconds since 1970 as a number, an RFC 3339 or an RFC 5322 date."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _in_bounds(value)
    if not isinstance(value, str):
        return None
    return parse_date(value.encode("utf-8", "surrogatepass"))


def _in_bounds(at: int | None) -> int | None:
    return at if at is not None and MIN_RECEIVED_MS <= at < MAX_RECEIVED_MS else None
