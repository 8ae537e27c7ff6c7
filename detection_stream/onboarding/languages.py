"""Detects the languages of an organisation's mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from detection_stream.model.message import Message

SHORTEST = 60
"""Minimum characters to recognise a language."""
TEXT_LIMIT = 1_000
"""Maximum characters examined per text."""
LEAST_SHARE = 0.02
"""Minimum share of a language; below it, it is probably a mistake."""


def find_languages(messages: Iterable[Message]) -> dict[str, float]:
    """Share of the messages (0 to 1) by ISO 639-1 code, largest first; rare ones are omitted."""
    import py3langid

    counts = Counter(
        str(py3langid.classify(message.text[:TEXT_LIMIT])[0])
        for message in messages
        if len(message.text) >= SHORTEST
    )
    total = counts.total()
    return {
        code: round(count / total, 3)
        for code, count in counts.most_common()
        if count >= LEAST_SHARE * total
    }
