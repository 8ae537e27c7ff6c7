"""What one element's declarations say about whether its text can be seen."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from detection_stream.parsing.colours import CLEAR, FUNCTIONS, Colour, read_colour
from detection_stream.parsing.style_rules import Declarations, read_declarations, without_comments
from detection_stream.short_cache import short_cache

MAX_TINY_PIXELS: Final = 2.0
"""Font sizes below this many pixels or points cannot be read."""
MIN_OFF_SCREEN: Final = 900.0
"""Pixels outside of the page's edge from which nothing is seen."""

Shade = Colour | Literal["clear", "unknown"]
"""A colour, one that shows what is behind it, or one that is not known."""

_NUMBER = re.compile(r"([-+]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))\s*([a-z%]*)")
_FONT_SIZE = re.compile(
    r"(?<![\w.#-])((?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})(?:p[xt]|r?em|%))(?![\w.])"
)
_NO_IMAGE = ("", "none", "initial")


class Looks(NamedTuple):
    """Effects on an element's text, None where its parent's stay.

    ``gone`` hides everything inside, ``invisible`` and ``tiny`` what does not reset them.
    """

    gone: bool = False
    invisible: bool | None = None
    tiny: bool | None = None
    colour: Shade | None = None
    background: Shade | None = None


@short_cache(8_192, 512)
def inline_declarations(style: str) -> Declarations:
    """The relevant declarations of a ``style`` attribute; not to be changed."""
    return read_declarations(without_comments(style))


@short_cache(8_192, 512)
def inline_looks(style: str) -> Looks:
    """What a ``style`` attribute comes to where no rule applies."""
    return looks_of(inline_declarations(style))


def looks_of(declarations: Declarations) -> Looks:
    """What the declarations of one element come to."""
    values = {name: value.partition("!")[0].strip() for name, value in declarations.items()}
    visibility = values.get("visibility")
    return Looks(
        gone=_gone(values),
        invisible=None if visibility is None else visibility in ("hidden", "collapse"),
        tiny=_tiny(values),
        colour=_colour(values),
        background=_background(values),
    )


def _gone(values: Declarations) -> bool:
    if values.get("display") == "none" or values.get("mso-hide") == "all":
        return True
    if _at_most(values.get("opacity"), 0.05):
        return True
    return _collapsed(values) or _clipped(values) or _off_screen(values)


def _collapsed(values: Declarations) -> bool:
    flow = (values.get("overflow"), values.get("overflow-x"), values.get("overflow-y"))
    return ("hidden" in flow or "clip" in flow) and any(
        _at_most(values.get(name), 1) for name in ("height", "max-height", "width", "max-width")
    )


def _clipped(values: Declarations) -> bool:
    path = values.get("clip-path", "")
    if path.startswith("inset") and (number := _NUMBER.search(path)):
        return number[2] == "%" and float(number[1]) >= 50
    if path.startswith(("circle(0", "polygon(0 0)")):
        return True
    clip = values.get("clip", "")
    if clip.startswith("rect") and values.get("position") in ("absolute", "fixed"):
        sides = [float(number) for number, _ in _NUMBER.findall(clip)]
        return len(sides) == 4 and max(sides) <= 1
    transform = values.get("transform", "")
    return transform.startswith("scale") and _at_most(transform.partition("(")[2], 0.01)


def _off_screen(values: Declarations) -> bool:
    names = ["text-indent", "margin-left", "margin-top"]
    if values.get("position") in ("absolute", "fixed", "relative"):
        names += ["left", "top", "right", "bottom"]
    return any(_at_most(values.get(name), -MIN_OFF_SCREEN) for name in names)


def _at_most(value: str | None, limit: float) -> bool:
    if not value or not (number := _NUMBER.match(value.removeprefix("calc(").lstrip())):
        return False
    amount = float(number[1])
    return amount <= limit and (amount == 0 or limit <= 0 or number[2] in ("", "px", "pt"))


def _tiny(values: Declarations) -> bool | None:
    size = values.get("font-size")
    if size is None:
        named = _FONT_SIZE.search(values["font"]) if "font" in values else None
        if named is None:
            return None
        size = named[1]
    number = _NUMBER.match(size.removeprefix("calc(").lstrip())
    if number is None:
        return None if size == "inherit" else False
    amount, unit = float(number[1]), number[2]
    if unit in ("px", "pt"):
        return amount < MAX_TINY_PIXELS
    if unit == "%":
        return amount < 10 or None
    return amount < 0.1 or (None if unit == "em" else False)


def _colour(values: Declarations) -> Shade | None:
    value = values.get("-webkit-text-fill-color") or values.get("color")
    if value is None or value == "inherit":
        return None
    return _shade(value)


def _shade(value: str) -> Shade:
    read = read_colour(value)
    if read is None:
        return "unknown"
    return CLEAR if isinstance(read, str) else read


def _background(values: Declarations) -> Shade | None:
    if values.get("background-image", "none") not in _NO_IMAGE:
        return "unknown"
    shade: Shade | None = None
    for name, value in values.items():
        if name == "background-color":
            shade = _shade(value)
        elif name == "background":
            shade = _first_colour(value)
            if shade == "unknown":
                return shade
    return None if shade == CLEAR else shade


def _first_colour(value: str) -> Shade:
    if value.startswith(FUNCTIONS):
        return _shade(value)
    if "(" in value:
        return "unknown"
    for word in value[:200].split():
        if (read := read_colour(word)) is not None:
            return CLEAR if isinstance(read, str) else read
    return CLEAR if value in ("none", "inherit", "initial", "") else "unknown"
