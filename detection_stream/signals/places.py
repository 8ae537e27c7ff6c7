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


def buried(message: Message, *, quotes_count: bool) -> set[int]:
    """The patterns of all but excusing families outside of the new text.

    Quotes of senders inside do not count: they are of mail that had its own verdict.
    """
    found = patterns_in(message.attached_text) | patterns_in(message.hidden_text)
    if quotes_count:
        found |= patterns_in(message.quoted)
    return language().without(found, EXCUSING) if found else found
