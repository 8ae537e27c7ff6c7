"""Mail that a program wrote: answers in somebody's absence, receipts, bounces, list software."""

from __future__ import annotations

import re

from detection_stream.model.message import Message

# Values of Precedence.
_BULK = frozenset({"bulk", "list", "junk"})
_AUTOMATIC = _BULK | {"auto_reply", "auto-reply"}
_NOTICES = ("multipart/report", "message/disposition-notification", "message/delivery-status")
# What mail programs put before the subject of an answer in somebody's absence.
_ABSENCE = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|autoreply"
    r"|automatische antwort|abwesenheitsnotiz|réponse automatique|respuesta automática"
    r"|risposta automatica|automatisch antwoord|resposta automática)\b",
    re.IGNORECASE,
)


def is_list(message: Message) -> bool:
    """Whether a field names a mailing list (RFC 2919)."""
    return "list-id" in message.headers


def is_bulk(message: Message) -> bool:
    """Whether a field marks it as bulk mail."""
    return "list-unsubscribe" in message.headers or _precedence(message) in _BULK


def is_generated(message: Message) -> bool:
    """Whether a field marks it as automatic (RFC 3834)."""
    return _first(message, "auto-submitted", "no") != "no" or (
        "x-auto-response-suppress" in message.headers
    )


def is_marked(message: Message) -> bool:
    """Whether a field claims that the message is bulk, from a list, or automatic."""
    return is_list(message) or is_bulk(message) or is_generated(message)


def is_automatic(message: Message) -> bool:
    """Whether a field (RFC 3834, RFC 2369, RFC 3798) or the subject says that it is automatic."""
    return (
        not message.sender.address
        or _first(message, "return-path", "-") == "<>"
        or is_generated(message)
        or is_list(message)
        or _precedence(message) in _AUTOMATIC
        or _first(message, "content-type", "").startswith(_NOTICES)
        or _ABSENCE.match(message.subject) is not None
    )


def _precedence(message: Message) -> str:
    return _first(message, "precedence", "")


def _first(message: Message, name: str, default: str) -> str:
    """The first value of a field in lower case."""
    return message.headers.get(name, (default,))[0].strip().lower()
