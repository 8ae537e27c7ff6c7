"""Reads the colours of style sheets and of HTML attributes."""

from __future__ import annotations

from colorsys import hls_to_rgb
from typing import Final

from detection_stream.parsing.colour_names import NAMED_COLOURS

Colour = tuple[int, int, int]
"""Red, green and blue from 0 to 255."""

MAX_UNSEEN_DIFFERENCE: Final = 16
"""Steps of 255 in every channel by which text may differ from its background and not be seen."""

FUNCTIONS: Final = ("rgb", "hsl")
"""How colours begin that are functions."""

CLEAR: Final = "clear"
"""A colour that lets the background through."""

_HEX_DIGITS = frozenset("0123456789abcdef")
_MAX_COLOUR = 64
_MIN_ALPHA = 0.05


def read_colour(value: str) -> Colour | str | None:
    """A colour in lower case; ``CLEAR`` if it cannot be seen, None if it is not understood."""
    value = value.strip()[:_MAX_COLOUR]
    if value == "transparent":
        return CLEAR
    if value in NAMED_COLOURS:
        return _from_number(NAMED_COLOURS[value])
    if value.startswith("#"):
        return _from_digits(value[1:])
    if value.startswith(FUNCTIONS):
        return _from_function(value)
    return None


def read_attribute(value: str) -> Colour | str | None:
    """The colour of an HTML attribute, where ``#`` may be missing."""
    value = value.strip().lower()[:_MAX_COLOUR]
    return read_colour(value) or _from_digits(value)


def alike(one: Colour, other: Colour) -> bool:
    """Whether text in one colour is not seen on the other."""
    return all(abs(a - b) <= MAX_UNSEEN_DIFFERENCE for a, b in zip(one, other, strict=True))


def _from_number(number: int) -> Colour:
    return number >> 16, number >> 8 & 255, number & 255


def _from_digits(digits: str) -> Colour | str | None:
    if len(digits) not in (3, 4, 6, 8) or not _HEX_DIGITS.issuperset(digits):
        return None
    if len(digits) < 6:
        digits = "".join([digit * 2 for digit in digits])
    if len(digits) == 8 and int(digits[6:], 16) <= _MIN_ALPHA * 255:
        return CLEAR
    return _from_number(int(digits[:6], 16))


def _from_function(value: str) -> Colour | str | None:
    inside = value.partition("(")[2].partition(")")[0]
    parts = inside.replace(",", " ").replace("/", " ").split()
    try:
        wholes = (255, 255, 255, 1) if value[0] == "r" else (1, 1, 1, 1)
        numbers = list(map(_share, parts, wholes))
        if len(numbers) == 4 and numbers[3] <= _MIN_ALPHA:
            return CLEAR
        if value[0] == "h":
            hue, saturation, lightness = numbers[:3]
            numbers = [255 * one for one in hls_to_rgb(hue / 360 % 1, lightness, saturation)]
        red, green, blue = (min(255, max(0, round(number))) for number in numbers[:3])
    except (ValueError, OverflowError):
        return None
    return red, green, blue


def _share(part: str, whole: int) -> float:
    """A number, or a percentage of the whole."""
    return float(part[:-1]) / 100 * whole if part[-1] == "%" else float(part.removesuffix("deg"))
