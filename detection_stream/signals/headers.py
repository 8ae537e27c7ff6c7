"""Signals on headers, besides sender and authentication."""

from __future__ import annotations

import re

import numpy as np

from detection_stream.model.batch import FloatColumn
from detection_stream.model.message import Message
from detection_stream.signals.automatic import is_bulk, is_generated, is_list
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import message_signal

_REPLY = re.compile(r"\s*+(re|fw|fwd|aw|wg|sv|tr|rv)\s*+(\[\d+\]\s*+)?:", re.IGNORECASE)
_GAPPY = re.compile(r"\b(?:\w[ ._*-]){5,}\w\b")

MIN_SUBJECT_LETTERS = 10
"""Minimum letters in a subject for its capitals to be meaningful."""


@message_signal("flag")
def reply_prefix(batch: MessageBatch) -> FloatColumn:
    """The subject starts like a reply or a forwarded message."""
    return batch.number(lambda message: _REPLY.match(message.subject) is not None)


@message_signal("flag")
def fake_thread(batch: MessageBatch) -> FloatColumn:
    """The subject claims a reply, but no header references an earlier message."""
    return batch.number(
        lambda message: (
            not message.in_reply_to
            and not message.references
            and _REPLY.match(message.subject) is not None
        )
    )


@message_signal("flag")
def subject_all_caps(batch: MessageBatch) -> FloatColumn:
    """The subject is written in capitals."""

    def shouted(message: Message) -> bool:
        subject = message.subject
        return subject.isupper() and sum(map(str.isalpha, subject)) >= MIN_SUBJECT_LETTERS

    return batch.number(shouted)


@message_signal("flag")
def subject_gappy(batch: MessageBatch) -> FloatColumn:
    """Letters of the subject are spaced out, s o t h a t filters miss the words."""
    return batch.number(lambda message: _GAPPY.search(message.subject) is not None)


@message_signal("count")
def recipient_count(batch: MessageBatch) -> FloatColumn:
    """Distinct addresses in To, Cc and Bcc, and of the envelope."""
    return batch.column(map(len, batch.recipients))


@message_signal("flag")
def undisclosed_recipients(batch: MessageBatch) -> FloatColumn:
    """No recipient is listed."""
    return batch.column(not recipients for recipients in batch.listed_recipients)


@message_signal("flag")
def recipient_is_sender(batch: MessageBatch) -> FloatColumn:
    """The only listed recipient is the sender."""
    return batch.column(
        [mailbox.address for mailbox in mailboxes] == [message.sender.address]
        for message, mailboxes in zip(batch.messages, batch.listed_recipients, strict=True)
    )


@message_signal("hours")
def date_skew_hours(batch: MessageBatch) -> FloatColumn:
    """Date header minus time received; NaN without a readable Date."""
    return batch.column(
        np.nan if message.date is None else (message.date - envelope.received_at) / 3_600_000
        for message, envelope in zip(batch.messages, batch.envelopes, strict=True)
    )


@message_signal("count")
def received_hops(batch: MessageBatch) -> FloatColumn:
    """Number of Received headers."""
    return batch.number(lambda message: len(message.hops))


@message_signal("flag")
def message_id_missing(batch: MessageBatch) -> FloatColumn:
    """There is no Message-ID, or none with a domain."""
    return batch.number(lambda message: "@" not in message.message_id)


@message_signal("flag")
def mailing_list(batch: MessageBatch) -> FloatColumn:
    """The message has a List-Id header, so it came through a mailing list."""
    return batch.number(is_list)


@message_signal("flag")
def bulk(batch: MessageBatch) -> FloatColumn:
    """The message is marked as bulk (List-Unsubscribe, Precedence)."""
    return batch.number(is_bulk)


@message_signal("flag")
def auto_generated(batch: MessageBatch) -> FloatColumn:
    """A header marks the message as automatic (RFC 3834)."""
    return batch.number(is_generated)


@message_signal("flag")
def truncated(batch: MessageBatch) -> FloatColumn:
    """The message exceeded a cap, so part of it was not examined."""
    return batch.number(lambda message: bool(message.truncated))


@message_signal("count")
def defects(batch: MessageBatch) -> FloatColumn:
    """Defects repaired in parsing the message."""
    return batch.number(lambda message: len(message.defects))


@message_signal("count")
def other_senders(batch: MessageBatch) -> FloatColumn:
    """Further mailboxes in From; mail programs differ in which one they show."""
    return batch.number(lambda message: len(message.other_senders))
