"""Bounds HTML before the native parser sees it, whose work is quadratic in some of its structure.

Nothing here decides what the page means: every check counts from above what a parser could find in
the source, wherever comments, quotes and scripts begin and end.
"""

from __future__ import annotations

import re
from itertools import islice

from detection_stream.parsing import limits

_INVISIBLE_SOURCE = re.compile(
    r"<!--(?:(?!-->).)*+(?:-->|\Z)|<style\b(?:(?!</style).)*+(?:</style[^>]*+>?|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# The elements that a parser opens again in each block (HTML standard, 13.2.4.3), without anchors,
# which end each other. Of those without attributes it keeps three.
_NAMES = "b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u"
_FORMATTING = re.compile(rf"<(/?)({_NAMES})(?=[\s/>])", re.IGNORECASE)
_DRESSED = re.compile(rf"<(?:{_NAMES})(?=[\s/])", re.IGNORECASE)
_ALWAYS_EMPTY = re.compile(r"<(?:!|(?:br|hr|img|input|meta|link|wbr|col|area)\b)", re.IGNORECASE)
_TAG = re.compile(r"<[a-z/][^\s/]*+", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"[\s/]*+[^\s/][^\s/=]*+"
    r"(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s\"']\S*+|\Z))?+"
)
_END = 4
"""Of what is kept of a source that is too long, one in so many characters or tags is of its end."""
_CLOSING = (
    "\"'>-->]]></style></script></title></textarea></xmp></iframe></noframes></noembed></select>"
    "</template>"
)
"""Ends whatever a source was cut within, so that nothing swallows what follows."""
_MAX_PLAIN = 39
"""Formatting elements without attributes open at once: three of each kind."""


def bounded(source: str) -> tuple[str, tuple[str, ...]]:
    """``source`` within the caps; comments and style sheets, easy padding, do not count."""
    truncated: list[str] = []
    if len(source) > limits.MAX_HTML_LENGTH:
        source = _INVISIBLE_SOURCE.sub("", source)
    if len(source) > limits.MAX_HTML_LENGTH:
        source = _ends(source, limits.MAX_HTML_LENGTH - len(_CLOSING))
        truncated.append("html-length")
    tags = source.count("<")
    if tags > limits.MAX_HTML_TAGS:
        source, tags = _end_tags(source, limits.MAX_HTML_TAGS), limits.MAX_HTML_TAGS
        truncated.append("html-tags")
    if tags > limits.MAX_HTML_OPENED and _opened(source) > limits.MAX_HTML_OPENED:
        source = _end_tags(source, limits.MAX_HTML_OPENED)
        truncated.append("html-opened")
    if len(source) > limits.MAX_HTML_ATTRIBUTES:
        source = _with_short_tags(source, truncated)
    return _without_formatting(source, tags), tuple(truncated)


def _ends(source: str, length: int) -> str:
    """Begin and end of the source: padding, on one side, pushes nothing out."""
    end = source.find("<", len(source) - length // _END)
    last = source[end:] if end >= 0 else source[-length // _END :]
    return f"{source[: length - length // _END]}{_CLOSING}{last}"


def _end_tags(source: str, count: int) -> str:
    """The first and the last tags of the source."""
    count -= _CLOSING.count("<")
    last = count // _END
    pieces = source.split("<")
    begin, end = "<".join(pieces[: count - last]), "<".join(pieces[-last:])
    return f"{begin}{_CLOSING}<{end}"


def _opened(source: str) -> int:
    """Start tags without end tags, counted as if each end tag closed something."""
    return source.count("<") - source.count("</") * 2 - len(_ALWAYS_EMPTY.findall(source))


def _with_short_tags(source: str, truncated: list[str]) -> str:
    """Tags without their last attributes where there are too many of them.

    Between two ``>`` no comment or script ends, so the first tag there is one if any is.
    """
    pieces = source.split(">")
    if max(map(len, pieces)) <= limits.MAX_HTML_ATTRIBUTES:
        return source
    for number, piece in enumerate(pieces):
        if len(piece) > limits.MAX_HTML_ATTRIBUTES and (tag := _TAG.search(piece)):
            attributes = _ATTRIBUTE.finditer(piece, tag.end())
            if last := next(islice(attributes, limits.MAX_HTML_ATTRIBUTES, None), None):
                pieces[number] = piece[: last.start()]
                truncated.append("html-attributes")
    return ">".join(pieces)


def _without_formatting(source: str, tags: int) -> str:
    """Formatting elements that could be opened again too often become elements without meaning.

    Their text stays what it is, and in HTML that closes what it opens they mean the same.
    """
    if (tags + _MAX_PLAIN) * tags <= limits.MAX_HTML_REOPENED:
        return source
    dressed = len(_DRESSED.findall(source))
    if (dressed + _MAX_PLAIN) * tags <= limits.MAX_HTML_REOPENED:
        return source
    return _FORMATTING.sub(r"<\1x-\2", source)
