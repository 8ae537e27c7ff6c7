"""Mail that a program wrote: answers in somebody's absence, receipts, bounces, list software."""

from __future__ import annotations

import re

from detection_stream.model.message import Message

BULK_PRECEDENCES = frozenset({"bulk", "list", "junk"})
"""Values of Precedence that mark bulk mail."""

_ANSWERS = frozenset({"auto_reply", "auto-reply"})
_NOTICES = ("multipart/report", "message/disposition-notification", "message/delivery-status")
# What mail programs put before the subject of an answer in somebody's absence.
_ABSENCE = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|autoreply"
    r"|automatische antwort|abwesenheitsnotiz|réponse automatique|respuesta automática"
    r"|risposta automatica|automatisch antwoord|resposta automática)\b",
    re.IGNORECASE,
)


def is_automatic(message: Message) -> bool:
    """Whether a field (RFC 3834, RFC 2369, RFC 3798) or the subject says so."""
    headers = message.headers
    if not message.sender.address or headers.get("return-path", ("-",))[0].strip() == "<>":
        return True
    submitted = headers.get("auto-submitted", ("no",))[0].strip().lower()
    if submitted != "no" or "x-auto-response-suppress" in headers or "list-id" in headers:
        return True
    precedence = headers.get("precedence", ("",))[0].strip().lower()
    if precedence in BULK_PRECEDENCES or precedence in _ANSWERS:
        return True
    if headers.get("content-type", ("",))[0].strip().lower().startswith(_NOTICES):
        return True
    return _ABSENCE.match(message.subject) is not None


def is_marked(message: Message) -> bool:
    """Whether a field claims that the message is bulk, from a list, or automatic."""
    headers = message.headers
    return (
        "list-id" in headers
        or "list-unsubscribe" in headers
        or "x-auto-response-suppress" in headers
        or headers.get("precedence", ("",))[0].strip().lower() in BULK_PRECEDENCES
        or headers.get("auto-submitted", ("no",))[0].strip().lower() != "no"
    )
