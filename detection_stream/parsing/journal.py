"""Journal reports: what a mail system writes about a message that it has passed on.

Exchange and Microsoft 365 send a report for each message: its text says who sent it and who got it,
and the message itself is attached. A report that could not be delivered comes in a bounce. See
[MS-XJRNL]; other systems write the same form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from detection_stream.model.message import Address, Message
from detection_stream.parsing import limits
from detection_stream.parsing.addresses import parse_addresses
from detection_stream.parsing.charsets import decode
from detection_stream.parsing.dates import parse_date
from detection_stream.parsing.identity import message_id, top_received_at
from detection_stream.parsing.mail_head import MailHead, read_head
from detection_stream.parsing.multipart import Leaf, leaves_of
from detection_stream.parsing.transfer import decode_transfer, encoding_of

REPORT_FIELD: Final = "x-ms-journal-report"

_MAX_LEAVES: Final = 4
"""Parts of a bounce: two texts about it, its data, and what has bounced."""
_MAX_LINES: Final = 2 * limits.MAX_RECIPIENTS
_MESSAGES = frozenset({"message/rfc822", "message/global"})
_RECIPIENTS = frozenset({"recipient", "to", "cc", "bcc"})
_TIMES = ("receivedutc", "sentutc", "received", "sent", "date")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d\d):(\d\d) ?([AP]M)?")
# Who the recipient stood for when the message was sent, behind the one who got it.
_INSTEAD_OF = re.compile(r", ?(?:expanded|forwarded)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JournalReport:
    """What a report says of the message ``raw``.

    ``sender`` is that of the envelope, lower case. ``at`` is when it was passed on, in milliseconds
    since 1970, None if that is not known.
    """

    raw: bytes
    sender: str
    recipients: tuple[Address, ...]
    at: int | None


def may_be_report(message: Message) -> bool:
    """Whether a message is a journal report, or a bounce that may hold one."""
    if REPORT_FIELD in message.headers:
        return True
    types = message.headers.get("content-type", ())
    return bool(types) and types[0].lower().startswith("multipart/report")


def open_report(raw: bytes) -> JournalReport | None:
    """The report that a message is, or that has bounced with it; None if it is anything else.

    A report has a text, a message and no more, so that nothing goes unread.
    """
    head = read_head(raw[: limits.MAX_MESSAGE_BYTES])
    leaves = _leaves(head)
    if not _is_report(head):
        inner = read_head(leaves[-1].body) if leaves else head
        if not _is_report(inner):
            return None
        leaves = _leaves(inner)
    if len(leaves) < 2 or any(
        not one.head.content_type.main.startswith("text/") for one in leaves[:-1]
    ):
        return None
    return _read(_text(leaves[0]), leaves[-1].body)


def delivered_id(head: MailHead) -> str:
    """The Message-ID of a message, or of the one that it is a journal report on."""
    start = head.raw[: limits.MAX_HEADER_LENGTH].lower()
    report = open_report(head.raw) if REPORT_FIELD.encode() in start else None
    return message_id(read_head(report.raw).fields if report else head.fields)


def _is_report(head: MailHead) -> bool:
    return any(name == REPORT_FIELD for name, _ in head.fields)


def _leaves(head: MailHead) -> list[Leaf]:
    """The parts, the last of which is a message; none if there is anything else."""
    found = list(islice(leaves_of(head), _MAX_LEAVES + 1))
    if len(found) > _MAX_LEAVES or not found or found[-1].head.content_type.main not in _MESSAGES:
        return []
    last = found[-1]
    body = decode_transfer(last.body, encoding_of(last.head.encoding)).lstrip()
    return [*found[:-1], Leaf(last.head._replace(encoding=""), body)]


def _text(leaf: Leaf) -> str:
    content = decode_transfer(leaf.body, encoding_of(leaf.head.encoding), text=True)
    return decode(content[: limits.MAX_TEXT_LENGTH], leaf.head.content_type.first("charset"))


def _read(text: str, raw: bytes) -> JournalReport | None:
    sender = ""
    times: dict[str, str] = {}
    recipients: dict[str, Address] = {}
    for line in text.splitlines()[:_MAX_LINES]:
        name, colon, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if name == "sender" and not sender:
            sender = _address(value).address or value.strip("<> ").lower() or "<>"
        elif name in _RECIPIENTS and len(recipients) < limits.MAX_RECIPIENTS:
            one = _address(_INSTEAD_OF.split(value, maxsplit=1)[0])
            recipients.setdefault(one.address, one)
        elif name in _TIMES:
            times.setdefault(name, value)
    recipients.pop("", None)
    if not sender:
        return None
    at = top_received_at(read_head(raw).fields)
    if at is None:
        at = next(filter(None, (_time(times[name]) for name in _TIMES if name in times)), None)
    return JournalReport(raw, "" if sender == "<>" else sender, tuple(recipients.values()), at)


def _address(value: str) -> Address:
    found = parse_addresses([value[: limits.MAX_HEADER_LENGTH]])
    return next((one for one in found if one.address), Address("", ""))


def _time(value: str) -> int | None:
    match = _AMERICAN.fullmatch(value)
    if match is None:
        return parse_date(value)
    month, day, year, hour, minute, second, half = match.groups()
    hours = int(hour) % 12 + 12 * (half == "PM") if half else int(hour)
    return parse_date(f"{year}-{int(month):02}-{int(day):02}T{hours:02}:{minute}:{second}+00:00")
