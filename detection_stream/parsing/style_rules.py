"""Reads style sheets and inline styles by scanning, in time linear in their length."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Set
from typing import Final

Declarations = dict[str, str]
"""Values by property, in lower case. ``!important`` is still in the value."""

MAX_SHEET_LENGTH: Final = 256 * 1024
"""Characters of all style sheets of one part."""
MAX_RULES: Final = 10_000
"""Selectors of all style sheets of one part."""
MAX_DECLARATIONS: Final = 1_000
"""Declarations of one rule or inline style."""

_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.DOTALL)
_ATTRIBUTE = re.compile(r"[a-z0-9]{0,20}\[[a-z-]{1,40}(?:[~^$*|]?=[\"']?[\w -]{1,100}[\"']?)?\]")

# fmt: off
RELEVANT: Final = frozenset({
    "display", "visibility", "opacity", "font-size", "font", "overflow", "overflow-x",
    "overflow-y", "height", "max-height", "width", "max-width", "text-indent", "position", "left",
    "top", "right", "bottom", "margin-left", "margin-top", "clip", "clip-path", "transform",
    "color", "background", "background-color", "background-image", "-webkit-text-fill-color",
    "mso-hide", "direction", "unicode-bidi",
})
# fmt: on
"""The properties that can make text unseen, seen or reversed."""


def without_comments(css: str) -> str:
    """``css`` in lower case without comments and escapes; a comment may take all the rest."""
    css = css.lower()
    if "\\" in css:
        css = _ESCAPE.sub(_unescaped, css)
    if "/*" not in css:
        return css
    kept: list[str] = []
    start = 0
    while (opened := css.find("/*", start)) >= 0:
        kept.append(css[start:opened])
        closed = css.find("*/", opened + 2)
        if closed < 0:
            return "".join(kept)
        start = closed + 2
    kept.append(css[start:])
    return "".join(kept)


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else ord(match[2])
    character = chr(code).lower() if code <= sys.maxunicode else ""
    # An escaped character never has a meaning in the grammar.
    return character if character.isalnum() or character in "-_" else "_"


def read_declarations(css: str) -> Declarations:
    """The declarations of an inline style or of a rule's block without comments."""
    found: Declarations = {}
    for declaration in css.split(";", MAX_DECLARATIONS)[:MAX_DECLARATIONS]:
        name, _, value = declaration.partition(":")
        name = name.strip()
        if name in RELEVANT:
            add(found, {name: value.strip()})
    return found


def add(declarations: Declarations, more: Mapping[str, str]) -> None:
    """Apply ``more`` after ``declarations``; what is important stays unless both are."""
    for name, value in more.items():
        if "!" in value or "!" not in declarations.get(name, ""):
            # Later names win: the order of insertion is the order of application.
            declarations.pop(name, None)
            declarations[name] = value


def read_rules(css: str, names: Set[str]) -> dict[str, Declarations]:
    """Declarations by ``tag``, ``.class``, ``#id``, ``tag.class``, or ``[attribute]`` selector.

    Of a selector with several parts the last one counts, if the others' classes and identifiers
    are among ``names`` (lower case), those of the page. Other selectors are not applied.
    """
    rules: dict[str, Declarations] = {}
    count = 0
    for selectors, block in _blocks(without_comments(css[:MAX_SHEET_LENGTH])):
        declarations = read_declarations(block)
        if not declarations:
            continue
        for selector in selectors.split(","):
            count += 1
            if count > MAX_RULES:
                return rules
            if key := _key(selector, names):
                add(rules.setdefault(key, {}), declarations)
    return rules


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Selectors and block of every rule for a screen."""
    css = css.replace("<!--", "").replace("-->", "")
    position, skipped_depth = 0, 0
    while (opened := css.find("{", position)) >= 0:
        head = css[position:opened]
        # What ends before this head: groups, and statements such as @import.
        skipped_depth = max(0, skipped_depth - head.count("}"))
        head = head.rpartition("}")[2].rpartition(";")[2].strip()
        position = opened + 1
        if head.startswith("@"):
            if skipped_depth or not _on_screen(head):
                skipped_depth += 1
            continue
        closed = css.find("}", position)
        closed = len(css) if closed < 0 else closed
        if not skipped_depth:
            yield head, css[position:closed]
        position = closed + 1


def _on_screen(head: str) -> bool:
    name, _, condition = head.partition(" ")
    media = {part.strip() for part in condition.split(",")}
    return name == "@media" and bool(media & {"screen", "all", "only screen", ""})


def is_native(key: str) -> bool:
    """Whether a key of the rules is a selector for the HTML parser."""
    return "[" in key


def _key(selector: str, names: Set[str]) -> str:
    if _ATTRIBUTE.fullmatch(selector.strip()):
        # Class names and identifiers are compared in lower case.
        return selector.strip().replace("]", " i]" if "=" in selector else "]")
    if any(mark in selector for mark in "[:+~*\\"):
        return ""
    *above, last = selector.replace(">", " ").split() or [""]
    for part in above:
        name = part.replace("#", ".").partition(".")[2]
        if name and not all(one in names for one in name.split(".")):
            return ""
    return last if last.count(".") + last.count("#") <= 1 else ""
