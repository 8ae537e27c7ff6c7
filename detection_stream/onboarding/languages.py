"""Detects the languages of an organisation's mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from detection_stream.model.message import Message

MIN_CHARACTERS = 60
"""Minimum characters to recognise a language."""
MAX_CHARACTERS = 1_000
"""Maximum characters examined per text."""
MIN_SHARE = 0.02
"""Minimum share of a language; below it, it is probably a mistake."""


def find_languages(messages: Iterable[Message]) -> dict[str, float]:
    """Share of the messages (0 to 1) by ISO 639-1 code, largest first; rare ones are omitted."""
    import py3langid

    counts = Counter(
        str(py3langid.classify(message.text[:MAX_CHARACTERS])[0])
        for message in messages
        if len(message.text) >= MIN_CHARACTERS
    )
    total = counts.total()
    return {
        code: round(count / total, 3)
        for code, count in counts.most_common()
        if count >= MIN_SHARE * total
    }
