"""Marks text whose direction a page overrides: what is written backwards is read forwards."""

from __future__ import annotations

import re
from collections.abc import Set

from selectolax.lexbor import LexborNode

from detection_stream.parsing.looks import inline_declarations
from detection_stream.parsing.style_matching import SheetRules
from detection_stream.parsing.style_rules import Declarations, add

# Control characters that stand for begin and end until the lines are known.
_BEGIN, _END = "\x1c", "\x1d"
_OVERRIDE, _POP = "\u202e", "\u202c"
_EMPTY = re.compile(f"{_OVERRIDE}\\s*+{_POP}")


def may_override(words: Set[str]) -> bool:
    """Whether a page with these words may have anything that overrides a direction."""
    return "<bdo" in words or "-override" in words


def mark_overridden(body: LexborNode, sheets: str) -> None:
    """Put marks around the elements below ``body`` that show their text from right to left."""
    rules = SheetRules(body, sheets)
    selectors = ("bdo", "[style*=-override i]", *(rules.selectors if rules else ()))
    nodes = {node.mem_id: node for node in body.css(",".join(selectors))}
    nodes.pop(body.mem_id, None)
    overridden = [node for node in nodes.values() if _is_overridden(node, rules)]
    for node in overridden:
        node.insert_before(_BEGIN)
        node.insert_after(_END)


def _is_overridden(node: LexborNode, rules: SheetRules) -> bool:
    attributes = node.attributes
    declared: Declarations = (
        rules.of(node.tag or "", attributes, rules.native(node.mem_id)) if rules else {}
    )
    add(declared, inline_declarations(attributes.get("style") or ""))
    direction = declared.get("direction") or (attributes.get("dir") or "").lower()
    overrides = node.tag == "bdo" or "-override" in declared.get("unicode-bidi", "")
    return overrides and direction.startswith("rtl")


def in_each_line(text: str, end: str) -> str:
    """The text with the characters that override a direction, in lines that end with ``end``."""
    pieces: list[str] = []
    depth = 0
    for piece in re.split(f"([{_BEGIN}{_END}{end}])", text):
        if piece == _BEGIN:
            pieces.append("" if depth else _OVERRIDE)
            depth += 1
        elif piece == _END:
            pieces.append(_POP if depth == 1 else "")
            depth = max(depth - 1, 0)
        elif piece == end and depth:
            pieces.append(f"{_POP}{end}{_OVERRIDE}")
        else:
            pieces.append(piece)
    return _EMPTY.sub("", "".join(pieces))
