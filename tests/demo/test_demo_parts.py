"""Building blocks of the demo."""

from __future__ import annotations

from email.header import decode_header, make_header

import pytest

from detection_stream.demo.registry import SCENARIOS
from detection_stream.demo.schedule import apportion
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.grammar import Grammar
from detection_stream.simulation.headers import encode
from detection_stream.simulation.lookalike import lookalike


def test_dice_keep_their_sequence() -> None:
    dice = Dice(1, "test")
    assert [dice.between(1, 6) for _ in range(8)] == [3, 1, 2, 3, 6, 3, 2, 5]


def test_streams_of_one_seed_are_independent() -> None:
    assert Dice(1, "a").random() != Dice(1, "b").random()


def test_grammar_fills_slots_and_leaves_no_stray_blanks() -> None:
    grammar = Grammar({"text": ("{empty} {name} has {count}.",), "empty": ("",)})
    child = Grammar({"count": lambda dice: str(dice.between(3, 3))}, grammar)
    assert child.say("text", Dice(1, "test"), name="Ada") == "Ada has 3."


@pytest.mark.parametrize("messages", [0, 1, 10, 999, 1000, 123_457])
def test_apportioned_counts_add_up(messages: int) -> None:
    counts = apportion(messages, SCENARIOS)
    assert sum(counts) == messages
    assert min(counts) >= (1 if messages >= 1000 else 0)


@pytest.mark.parametrize("domain", ["harborlight.example", "fox-yard.example", "zzz.example"])
def test_lookalikes_differ_and_stay_in_the_reserved_domain(domain: str) -> None:
    dice = Dice(3, "test")
    for _ in range(300):
        made = lookalike(domain, dice)
        assert made != domain
        assert made.endswith(".example")
        assert made.isascii()


@pytest.mark.parametrize("text", ["Łukasz Wójcik wünscht sich längere Betreffzeilen", "🎉 now"])
def test_encoded_words_are_short_and_decode_to_the_text(text: str) -> None:
    encoded = encode(text)
    assert all(len(line) <= 76 for line in encoded.split("\r\n"))
    assert str(make_header(decode_header(encoded.replace("\r\n", "")))) == text
