"""What the tenant's own mail system says of a message beside its fields: who got it, and when.

A sender writes most of a message, so that is taken only from where a sender cannot write: the SMTP
transaction, fields above the top Received field, and journal reports that come from inside.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Address, Message
from detection_stream.parsing.addresses import parse_addresses
from detection_stream.parsing.domains import within
from detection_stream.parsing.journal import JournalReport, may_be_report, open_report
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.signals.message_batch import MessageBatch

MAX_DELAY_MS: Final = 7 * 86_400_000
"""Milliseconds between a message and the report about it; later reports count as of their own time.
Queues give up after five days (RFC 5321, 4.5.4.1)."""
MAX_CLAIMED_RECIPIENTS: Final = 16
"""Recipients taken from a field, or from a report that may be anybody's."""

_DELIVERY_FIELDS: Final = (
    *("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to"),
    *("x-gm-original-to", "x-rcpt-to"),
)
# Exchange sends its reports from this mailbox, which no person has.
_EXCHANGE = re.compile(r"microsoftexchange[0-9a-f]{32}@\S+")
_EXCHANGE_NAMES = frozenset({"", "microsoft outlook", "microsoft exchange"})
_BOUNCES = ("postmaster@", "mailer-daemon@")


def as_delivered(message: Message, envelope: Envelope, raw: bytes) -> tuple[Message, Envelope]:
    """The message and envelope with what is known about its delivery; ``raw`` is the record.

    A journal report that is believed gives way to the message that it is about.
    """
    report = None
    if envelope.format == "rfc5322" and may_be_report(message):
        report = open_report(raw)
    if report is None:
        return _with_recipients(message, envelope), envelope
    if envelope.journal or _is_of_the_tenant(message, envelope):
        return _unwrapped(report, envelope)
    return _with_recipients(_claimed(message, report, envelope), envelope), envelope


def _with_recipients(message: Message, envelope: Envelope) -> Message:
    """The message with the own addresses that it was delivered to.

    Others there are those of an archive that gets a copy, or that a forwarder has had.
    """
    found = [*envelope.rcpt_to]
    fields = [name for name in _DELIVERY_FIELDS if name in message.headers]
    if fields:
        above = _above_received(message)
        found += [
            one.address
            for name in fields
            if name in above
            for one in parse_addresses([message.headers[name][0]])[:MAX_CLAIMED_RECIPIENTS]
        ]
    own = [
        Address("", one)
        for one in map(str.lower, found)
        if within(one.rpartition("@")[2], envelope.own_domains)
    ]
    sender = message.return_path or envelope.mail_from.lower()
    if not own and sender == message.return_path:
        return message
    return replace(message, envelope_to=(*message.envelope_to, *own), return_path=sender)


def _above_received(message: Message) -> set[str]:
    """Names whose first field stands above all Received fields, which no sender can bring about."""
    found: set[str] = set()
    for name in message.headers:
        if name == "received":
            break
        found.add(name)
    return found


def _is_of_the_tenant(message: Message, envelope: Envelope) -> bool:
    """Whether the tenant's mail system has written the report, and not one of its people."""
    sender = message.sender.address
    if not (_EXCHANGE.fullmatch(sender) or sender.startswith(_BOUNCES) or not sender):
        return False
    batch = MessageBatch([message], [envelope])
    return not batch.external[0] or batch.paths[0].kind == "internal"


def _unwrapped(report: JournalReport, envelope: Envelope) -> tuple[Message, Envelope]:
    """The message that a report is about: what the report says of it counts."""
    message = parse_message(report.raw)
    message = replace(
        message,
        envelope_to=report.recipients,
        return_path=message.return_path or report.sender,
    )
    if report.at is not None and 0 <= envelope.received_at - report.at <= MAX_DELAY_MS:
        envelope = replace(envelope, received_at=report.at)
    return message, envelope


def _claimed(message: Message, report: JournalReport, envelope: Envelope) -> Message:
    """A report that may be anybody's, judged as if who brought it had written the message in it.

    All that it holds is read, and nothing in it is believed: way, results, identity and time are
    those of the report. Where it names a sender of its own it is no report but a mail like others.
    """
    name = message.sender.name.lower()
    if not _EXCHANGE.fullmatch(message.sender.address) or name not in _EXCHANGE_NAMES:
        return message
    inner = parse_message(report.raw)
    own = [one for one in report.recipients if within(one.domain, envelope.own_domains)]
    return replace(
        message,
        sender=inner.sender,
        other_senders=inner.other_senders,
        reply_to=inner.reply_to,
        to=inner.to,
        cc=inner.cc,
        bcc=inner.bcc,
        envelope_to=tuple(own[:MAX_CLAIMED_RECIPIENTS]),
        date=inner.date,
        in_reply_to=inner.in_reply_to,
        references=inner.references,
        subject=inner.subject or message.subject,
        text="\n".join(filter(None, (inner.text, message.text))),
        defects=(*message.defects, "unproven-journal-report"),
    )
