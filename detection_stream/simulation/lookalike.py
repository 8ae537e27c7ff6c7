"""Lookalike domains."""

from __future__ import annotations

from detection_stream.parsing.domains import registrable
from detection_stream.simulation.dice import Dice

_MIN_SLIP_LENGTH, _MIN_HYPHEN_LENGTH = 4, 7

_SWAPS = (("o", "0"), ("l", "1"), ("i", "l"), ("m", "rn"), ("w", "vv"), ("e", "3"), ("u", "v"))
_HOMOGLYPHS = (("a", "\u0430"), ("e", "\u0435"), ("o", "\u043e"), ("c", "\u0441"), ("p", "\u0440"))
_WORDS = (
    "billing",
    "group",
    "invoices",
    "accounts",
    "office",
    "mail",
    "intl",
    "co",
    "online",
    "hq",
)


def _swap(label: str, dice: Dice) -> str:
    found = [pair for pair in _SWAPS if pair[0] in label]
    if not found:
        return label + label[-1]
    old, new = dice.pick(found)
    return label.replace(old, new, 1)


def _homoglyph(label: str, dice: Dice) -> str:
    found = [pair for pair in _HOMOGLYPHS if pair[0] in label]
    if not found:
        return _swap(label, dice)
    old, new = dice.pick(found)
    return "xn--" + label.replace(old, new, 1).encode("punycode").decode()


def _slip(label: str, dice: Dice) -> str:
    if len(label) < _MIN_SLIP_LENGTH:
        return _extend(label, dice)
    index = dice.between(1, len(label) - 2)
    before, here, after = label[:index], label[index], label[index + 1 :]
    return dice.pick(
        (before + after, before + here * 2 + after, before + after[0] + here + after[1:])
    )


def _extend(label: str, dice: Dice) -> str:
    word = dice.pick(_WORDS)
    return dice.pick((f"{label}-{word}", f"{label}{word}", f"{word}-{label}"))


def _rehyphenate(label: str, dice: Dice) -> str:
    if "-" in label:
        return label.replace("-", "", 1)
    if len(label) < _MIN_HYPHEN_LENGTH:
        return _extend(label, dice)
    index = dice.between(3, len(label) - 3)
    return f"{label[:index]}-{label[index:]}"


_TRICKS = (_swap, _swap, _slip, _slip, _extend, _extend, _extend, _rehyphenate, _homoglyph)


def lookalike(domain: str, dice: Dice) -> str:
    """A domain similar to the given one, never equal."""
    main = registrable(domain) or domain
    label, _, suffix = main.partition(".")
    while True:
        changed = dice.pick(_TRICKS)(label, dice).strip("-")
        if changed != label:
            return f"{changed}.{suffix}"
