"""The languages that an organisation's mail is written in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from detection_stream.model.message import Message

SHORTEST = 60
"""Characters below which a text says too little of its language."""
TEXT_LIMIT = 1_000
"""Characters of a text that are looked at."""
LEAST_SHARE = 0.02
"""Share below which a language is as likely a mistake."""


def find_languages(messages: Iterable[Message]) -> dict[str, float]:
    """Share of the messages (0 to 1) by ISO 639-1 code, most first; those of few are left out."""
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
