"""Finds the rules of a page's style sheets that apply to an element."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from selectolax.lexbor import LexborNode

from detection_stream.parsing.style_rules import Declarations, add, is_native, read_rules

MAX_NATIVE: Final = 16
"""Selectors of attributes that are applied; each takes a walk over the page."""
_MAX_CLASSES = 64
_MAX_TAGS = 100
# Anything else would be a selector of its own, or none.
_TAG = re.compile(r"[a-z][a-z0-9]{0,20}(?=\.|\Z)")


class SheetRules:
    """The rules of the style sheets of a page; with none of them it is false."""

    def __init__(self, body: LexborNode, sheets: str) -> None:
        self._rules = read_rules(sheets, _names(body)) if "{" in sheets else {}
        self._native: dict[int, list[str]] = {}
        natives = [key for key in self._rules if is_native(key)][:MAX_NATIVE]
        for key in natives:
            for node in body.css(key):
                self._native.setdefault(node.mem_id, []).append(key)
        tags = dict.fromkeys(key.partition(".")[0] for key in self._rules if _TAG.match(key))
        self.selectors = ("[class]", "[id]", *list(tags)[:_MAX_TAGS], *natives)
        """What selects every element that a rule may apply to."""

    def __bool__(self) -> bool:
        return bool(self._rules)

    def native(self, place: int) -> Sequence[str]:
        """The selectors of attributes that match the node with a ``mem_id``."""
        return self._native.get(place, ())

    def of(
        self, tag: str, attributes: dict[str, str | None], native: Sequence[str]
    ) -> Declarations:
        """The declarations for an element that ``native`` match, the most specific ones last."""
        classes = _classes(attributes)
        identifier = (attributes.get("id") or "").lower()
        keys = [tag, *(f".{name}" for name in classes)]
        keys += native
        keys += [f"{tag}.{name}" for name in classes]
        if identifier:
            keys += [f"#{identifier}", f"{tag}#{identifier}"]
        merged: Declarations = {}
        for key in keys:
            if found := self._rules.get(key):
                add(merged, found)
        return merged


def _names(body: LexborNode) -> set[str]:
    names: set[str] = set()
    for node in body.css("[class],[id]"):
        attributes = node.attributes
        names.update(_classes(attributes))
        names.add((attributes.get("id") or "").lower())
    return names


def _classes(attributes: dict[str, str | None]) -> list[str]:
    return (attributes.get("class") or "").lower().split(None, _MAX_CLASSES)[:_MAX_CLASSES]
