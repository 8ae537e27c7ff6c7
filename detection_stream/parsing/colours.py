"""Reads the colours of style sheets and of HTML attributes."""

from __future__ import annotations

from typing import Final

Colour = tuple[int, int, int]
"""Red, green and blue from 0 to 255."""

MAX_UNSEEN_DIFFERENCE: Final = 16
"""Steps of 255 in every channel by which text may differ from its background and not be seen."""

CLEAR: Final = "clear"
"""A colour that lets the background through."""

# The colours of CSS 1 and others common in mail (CSS Color 4, section 6.1).
_NAMED = {
    "white": 0xFFFFFF,
    "black": 0x000000,
    "silver": 0xC0C0C0,
    "gray": 0x808080,
    "grey": 0x808080,
    "red": 0xFF0000,
    "maroon": 0x800000,
    "yellow": 0xFFFF00,
    "olive": 0x808000,
    "lime": 0x00FF00,
    "green": 0x008000,
    "aqua": 0x00FFFF,
    "cyan": 0x00FFFF,
    "teal": 0x008080,
    "blue": 0x0000FF,
    "navy": 0x000080,
    "fuchsia": 0xFF00FF,
    "magenta": 0xFF00FF,
    "purple": 0x800080,
    "orange": 0xFFA500,
    "snow": 0xFFFAFA,
    "ivory": 0xFFFFF0,
    "azure": 0xF0FFFF,
    "mintcream": 0xF5FFFA,
    "ghostwhite": 0xF8F8FF,
    "floralwhite": 0xFFFAF0,
    "whitesmoke": 0xF5F5F5,
    "aliceblue": 0xF0F8FF,
    "seashell": 0xFFF5EE,
    "honeydew": 0xF0FFF0,
    "lavenderblush": 0xFFF0F5,
    "gainsboro": 0xDCDCDC,
    "lightgray": 0xD3D3D3,
    "lightgrey": 0xD3D3D3,
    "darkgray": 0xA9A9A9,
    "darkgrey": 0xA9A9A9,
    "dimgray": 0x696969,
    "dimgrey": 0x696969,
    "darkblue": 0x00008B,
    "darkred": 0x8B0000,
    "darkgreen": 0x006400,
}
_HEX_DIGITS = frozenset("0123456789abcdef")
_MAX_COLOUR = 64
_MIN_ALPHA = 0.05


def read_colour(value: str) -> Colour | str | None:
    """A colour in lower case; ``CLEAR`` if it cannot be seen, None if it is not understood."""
    value = value.strip()[:_MAX_COLOUR]
    if value == "transparent":
        return CLEAR
    if value in _NAMED:
        return _from_number(_NAMED[value])
    if value.startswith("#"):
        return _from_digits(value[1:])
    if value.startswith("rgb"):
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
        numbers = [
            float(part[:-1]) / 100 * (255 if place < 3 else 1) if part[-1] == "%" else float(part)
            for place, part in enumerate(parts)
        ]
        if len(numbers) == 4 and numbers[3] <= _MIN_ALPHA:
            return CLEAR
        red, green, blue = (min(255, max(0, int(number))) for number in numbers[:3])
    except (ValueError, OverflowError):
        return None
    return red, green, blue
