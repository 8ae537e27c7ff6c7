"""Phrases and brands are found behind each disguise, and the disguise itself is told."""

# ruff: noqa: RUF001 - letters of several scripts are the subject

from __future__ import annotations

from collections.abc import Callable

import pytest

from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Address, Message
from detection_stream.parsing.text import fold
from detection_stream.signals.disguise import disguised_words
from detection_stream.signals.identity import brand_impersonation, display_name_brand
from detection_stream.signals.message_batch import MessageBatch

PLAIN = "Please verify your account, your password expires soon"
CYRILLIC = str.maketrans("aceiopsxy", "асеіорѕху")
Disguise = Callable[[str], str]

TOLD: dict[str, Disguise] = {
    "zero width": "\u200b".join,
    "joiner": "\u034f".join,
    "tag": "\U000e0041".join,
    "direction": "\u200e".join,
    "soft hyphen in a short word": lambda word: f"{word[:1]}\u00ad{word[1:]}",
    "marks": "\u0323".join,
    "Cyrillic": lambda word: word.translate(CYRILLIC),
    "reversed": lambda word: f"\u202e{word[::-1]}\u202c",
    "spaces": lambda word: " ".join(word) if len(word) > 5 else word,
    "dots": lambda word: ".".join(word) if len(word) > 5 else word,
}
UNTOLD: dict[str, Disguise] = {
    "full width": lambda word: "".join(chr(ord(one) + 0xFEE0) for one in word),
    "mathematical": lambda word: "".join(
        chr(ord(one) + 0x1D5BA - ord("a")) for one in word.lower() if one.isalpha()
    ),
    "hair space": lambda word: f"{word[:3]}\u200a{word[3:]}" if len(word) > 5 else word,
    "line break": lambda word: f"{word[:3]}-\n{word[3:]}" if len(word) > 5 else word,
}

ALL = TOLD | UNTOLD


def _batch(*messages: Message) -> MessageBatch:
    envelope = Envelope("t", frozenset({"b.example"}), 0)
    return MessageBatch(list(messages), [envelope] * len(messages))


def _disguised(disguise: Disguise) -> Message:
    return Message(text=fold(" ".join(map(disguise, PLAIN.split(" ")))))


@pytest.mark.parametrize("disguise", ALL.values(), ids=ALL)
def test_phrases_are_counted_as_without_disguise(disguise: Disguise) -> None:
    plain, found = _batch(Message(text=PLAIN), _disguised(disguise)).phrases["credential"]
    assert plain == found == 2


@pytest.mark.parametrize("disguise", TOLD.values(), ids=TOLD)
def test_disguised_words_are_told(disguise: Disguise) -> None:
    plain, disguised = disguised_words(_batch(Message(text=PLAIN), _disguised(disguise)))
    assert plain == 0
    assert disguised >= 3


def test_a_pattern_seen_in_both_views_counts_once() -> None:
    text = f"Réponse: {PLAIN}. " + "\u200b".join(PLAIN)
    assert _batch(Message(text=text)).phrases["credential"][0] == 2


def test_accented_phrases_are_matched_as_spelled() -> None:
    batch = _batch(Message(text="Konto bitte bestätigen: Ihr Konto wurde gesperrt"))
    assert batch.phrases["credential"][0] == 1


@pytest.mark.parametrize(
    "name", ["Pay\u200bPal", "P\u0430yPal Support", "P a y P a l", "ＰａｙＰａｌ"]
)
def test_brands_are_found_behind_a_disguise(name: str) -> None:
    named = Message(sender=Address(name, "x@a.example"))
    subject = Message(sender=Address("x", "x@a.example"), subject=f"{name} notice")
    assert display_name_brand(_batch(named))[0] == 1
    assert brand_impersonation(_batch(named, subject)).tolist() == [1, 1]
