"""Finds in one pass what the source of a page has; most queries of its tree would be in vain."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

from detection_stream.parsing.quick_search import Marks

BLOCKS: Final = frozenset(
    (
        *("p", "div", "br", "td", "th", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "option"),
        *("blockquote", "pre", "center", "form", "section", "article", "header", "footer"),
    )
)
"""Names of elements whose text stands in lines of its own."""
UNSEEN: Final = frozenset(("script", "style", "title", "noframes", "iframe", "param"))
"""Names of elements whose text is not for readers."""

_OTHER_TAGS = frozenset(
    (
        *("area", "base", "bdo", "details", "embed", "font", "frame", "input", "object"),
        *("x-font", "v:[a-z]*"),
    )
)
_WORDS = ("action", "background", "bgcolor", "color", "hidden", "href", "-override", "refresh")
_MARKS = Marks(
    {
        # An end tag alone makes an element, too.
        **{f"<{name}": rf"</?{name}[\s/>]" for name in BLOCKS | UNSEEN | _OTHER_TAGS},
        **{word: word for word in (*_WORDS, "style")},
        # Parsers take the second for the first.
        "<img": r"<(img|image)[\s/>]",
        "conditional": r"<!--\[if",
    }
)


def words_of(source: str) -> Set[str]:
    """What occurs in the source, in any case: attributes and values, and tags such as ``<p``.

    ``conditional`` stands for a conditional comment, ``<v:[a-z]*`` for all of VML.
    """
    return _MARKS.within(source)


def tags_among(words: Set[str], names: Set[str]) -> list[str]:
    """Those names of elements that the page may have."""
    return [name for name in names if f"<{name}" in words]
