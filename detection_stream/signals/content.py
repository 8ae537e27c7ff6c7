"""Signals on visible and hidden content."""

from __future__ import annotations

import re

import numpy as np

from detection_stream.model.batch import FloatColumn
from detection_stream.model.message import Message
from detection_stream.signals.lookalike import mixed_scripts
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.phrases import language
from detection_stream.signals.places import patterns_in, quoted_lures
from detection_stream.signals.registry import message_signal

MIN_HIDDEN_CHARACTERS = 200
"""Minimum hidden characters, above a newsletter's preview line."""
MAX_SCRIPT_CHARACTERS = 2_000
"""Characters of text checked for mixed scripts."""

# Behind a letter of a script that needs no joiners, unlike Persian, and not in an emoji.
_ZERO_WIDTH = re.compile(
    "(?<=[A-Za-z\u00c0-\u024f\u0370-\u052f])"
    "[\u00ad\u034f\u180e\u200b-\u200d\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
)
MIN_ZERO_WIDTH = 3
"""Minimum zero-width characters, above an editor's accidents."""


@message_signal("flag")
def html_only(batch: MessageBatch) -> FloatColumn:
    """The message has HTML but no plain text."""
    return batch.number(lambda message: message.has_html and not message.has_text)


@message_signal("count")
def body_length(batch: MessageBatch) -> FloatColumn:
    """Characters of the new text."""
    return batch.number(lambda message: len(message.text))


@message_signal("flag")
def hidden_text(batch: MessageBatch) -> FloatColumn:
    """The HTML contains much text styled to be invisible."""
    return batch.number(lambda message: message.hidden_characters >= MIN_HIDDEN_CHARACTERS)


@message_signal("count")
def hidden_language(batch: MessageBatch) -> FloatColumn:
    """Phrase families with a phrase in text styled to be invisible."""
    counts = language().count([patterns_in(message.hidden_text) for message in batch.messages])
    return sum((np.minimum(count, 1.0) for count in counts.values()), np.zeros(len(batch)))


@message_signal("ratio")
def hidden_share(batch: MessageBatch) -> FloatColumn:
    """Share of the characters of the HTML's new text that are styled to be invisible."""

    def share(message: Message) -> float:
        shown = len("".join(message.text.split())) if message.hidden_characters else 0
        return message.hidden_characters / ((shown + message.hidden_characters) or 1)

    return batch.number(share)


@message_signal("count")
def buried_language(batch: MessageBatch) -> FloatColumn:
    """Phrases that only attached, hidden, alternative or quoted text has."""
    return batch.column(map(len, batch.buried_phrases))


@message_signal("count")
def quoted_language(batch: MessageBatch) -> FloatColumn:
    """Phrases asking for money or credentials that only the quote of a reply from outside has."""
    return batch.column(
        len(quoted_lures(message) - shown) if outside else 0
        for message, outside, shown in zip(
            batch.messages, batch.external, batch.shown_phrases, strict=True
        )
    )


@message_signal("flag")
def zero_width(batch: MessageBatch) -> FloatColumn:
    """Words of subject or text have zero-width characters that their script has no use for."""

    def split_up(text: str) -> bool:
        return not text.isascii() and len(_ZERO_WIDTH.findall(text)) >= MIN_ZERO_WIDTH

    return batch.column(map(split_up, batch.texts))


@message_signal("flag")
def mixed_script(batch: MessageBatch) -> FloatColumn:
    """A word mixes Latin letters with lookalikes."""
    return batch.column(mixed_scripts(text[:MAX_SCRIPT_CHARACTERS]) for text in batch.texts)


@message_signal("flag")
def html_form(batch: MessageBatch) -> FloatColumn:
    """The HTML contains a form."""
    return batch.number(lambda message: message.forms > 0)


@message_signal("flag")
def password_form(batch: MessageBatch) -> FloatColumn:
    """The HTML asks for a password."""
    return batch.number(lambda message: message.password_fields > 0)


@message_signal("count")
def remote_images(batch: MessageBatch) -> FloatColumn:
    """Images that a mail client would load remotely."""
    return batch.number(lambda message: message.remote_images)


@message_signal("flag")
def phone_number(batch: MessageBatch) -> FloatColumn:
    """The text contains a North American phone number."""
    return np.minimum(batch.phrases["phone_number"], 1.0)


@message_signal("flag")
def crypto_address(batch: MessageBatch) -> FloatColumn:
    """The text contains a cryptocurrency wallet address."""
    return np.minimum(batch.phrases["crypto_address"], 1.0)
