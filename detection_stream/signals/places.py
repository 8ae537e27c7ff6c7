"""Phrases outside of the new text: in quotes, attachments, alternatives and hidden text.

Where a phrase stands does not change what it asks for, and what one mail program hides another
shows, so it counts as much there as anywhere, but once.
"""

from __future__ import annotations

from html import unescape

from detection_stream.model.message import Message
from detection_stream.parsing.folding import FoldedText, folded, views
from detection_stream.signals.phrases import language, vocabulary

MAX_FOLDED_CHARACTERS = 64 * 1024
"""Characters of one text that are folded, half of its begin and half of its end: up to 80 ms."""
LURING = frozenset(
    (
        "credential",
        "bank_change",
        "payroll",
        "gift_card",
        "extortion",
        "advance_fee",
    )
)
"""Families that ask for money or credentials and are rare in what people write to each other."""
EXCUSING = frozenset({"marketing"})
"""Families that speak for a message: they count only where its reader cannot miss them."""


def as_read(text: str) -> FoldedText:
    """A text as it is read; of a long one that is not ASCII, which is slower, begin and end.

    Entities that are left were encoded twice: some programs decode them twice as well.
    """
    if len(text) > MAX_FOLDED_CHARACTERS and not text.isascii():
        half = MAX_FOLDED_CHARACTERS // 2
        text = f"{text[:half]}\n{text[-half:]}"
    return folded(unescape(text) if "&" in text else text, vocabulary())


def patterns_in(text: str) -> set[int]:
    """The patterns that occur in a text, as it is spelled or as it is read."""
    return language().patterns(*views(text, as_read(text))) if text else set()


def continues(message: Message) -> bool:
    """Whether the message says that it continues a conversation, which its quote is then of."""
    answered = {message.in_reply_to, *message.references[-1:]}
    return bool(answered - {"", message.message_id})


def buried(message: Message, *, outside: bool) -> set[int]:
    """The patterns of all but excusing families outside of the new text.

    A quote counts if the sender is outside and no header says what is quoted. Whether one that is
    said to be of a conversation is so, only the history of the thread can tell.
    """
    found = patterns_in(message.attached_text) | patterns_in(message.hidden_text)
    if outside and not continues(message):
        found |= patterns_in(message.quoted)
    return language().without(found, EXCUSING) if found else found


def quoted_lures(message: Message) -> set[int]:
    """The patterns of luring families in the quote of a message that continues a conversation."""
    found = patterns_in(message.quoted) if continues(message) else set()
    return language().within(found, LURING) if found else found
