"""Takes out of a page what its readers do not see.

Hidden are elements that styles, style sheets or attributes make invisible, and text too small to
read or in the colour of what is behind it. What is not understood (images and gradients behind
text, computed values) counts as seen. The work is linear in the nodes of the page.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final, NamedTuple

from selectolax.lexbor import LexborNode

from detection_stream.parsing.colours import CLEAR, alike, read_attribute
from detection_stream.parsing.looks import Looks, Shade, inline_declarations, inline_looks, looks_of
from detection_stream.parsing.style_matching import SheetRules
from detection_stream.parsing.style_rules import add

# What selects elements that may look otherwise than their parents, by a word that the source has.
_SELECTORS: Final = {
    "style": "[style]",
    "hidden": "[hidden]",
    "bgcolor": "[bgcolor]",
    "background": "[background]",
    "<font": "font",
    "<x-font": "x-font",
    "href": "a[href]",
    "<details": "details,summary",
}
_HIDING = frozenset(("style", "hidden", "color", "<details"))
_LINE_ENDS = frozenset(("p", "div", "br", "td", "th", "li", "tr", "h1", "h2", "h3", "hr", "pre"))
_WHITE = (255, 255, 255)


class _State(NamedTuple):
    """How text directly inside an element is shown."""

    gone: bool = False
    invisible: bool = False
    tiny: bool = False
    colour: Shade = "unknown"
    background: Shade = _WHITE

    @property
    def unseen(self) -> bool:
        if self.gone or self.invisible or self.tiny or self.colour == CLEAR:
            return True
        return _same(self.colour, self.background)


def _same(colour: Shade, background: Shade) -> bool:
    if isinstance(colour, str) or isinstance(background, str):
        return False
    return alike(colour, background)


def may_hide(words: Set[str]) -> bool:
    """Whether a page with these words may have anything that hides text."""
    return not words.isdisjoint(_HIDING)


def take_hidden(body: LexborNode, sheets: str, words: Set[str]) -> str:
    """Remove the unseen text below ``body`` and return it.

    ``sheets`` are its style sheets, ``words`` are those of its source.
    """
    rules = SheetRules(body, sheets)
    root = _stated(_State(), _looks(body.tag or "", body.attributes, rules, ()))
    # The page's own element is shown whatever it says.
    root = root._replace(gone=False, invisible=False, tiny=False)
    marked = _marked(body, rules, words)
    if not any(map(_can_hide, marked.values())):
        return ""
    states, tops = _states(body, root, marked)
    hidden: list[str] = []
    taken: list[LexborNode] = []
    for top in tops:
        taken += _take(top, states, hidden)
    # Last to first: a node must not outlive the ancestor that owns it.
    for node in reversed(taken):
        node.decompose()
    return "".join(hidden)


def _can_hide(found: tuple[LexborNode, Looks]) -> bool:
    looks = found[1]
    coloured = looks.colour not in (None, "unknown") or looks.background is not None
    return looks.gone or bool(looks.invisible) or bool(looks.tiny) or coloured


def _marked(
    body: LexborNode, rules: SheetRules, words: Set[str]
) -> dict[int, tuple[LexborNode, Looks]]:
    """Elements whose look differs from their parent's, in order of the document."""
    selectors = [selector for word, selector in _SELECTORS.items() if word in words]
    selectors += rules.selectors if rules else ()
    found: dict[int, tuple[LexborNode, Looks]] = {}
    # Elements with equal attributes look alike, and pages repeat them.
    known: dict[tuple[object, ...], Looks] = {}
    # A node comes once for each selector of the list that it matches.
    seen = {body.mem_id}
    for node in body.css(",".join(selectors)) if selectors else ():
        place = node.mem_id
        if place in seen:
            continue
        seen.add(place)
        tag, attributes, native = node.tag or "", node.attributes, rules.native(place)
        key = (tag, *native, *attributes.items())
        looks = known.get(key)
        if looks is None:
            looks = known[key] = _looks(tag, attributes, rules, native)
        if looks != _NOTHING or tag in ("details", "summary"):
            found[place] = (node, looks)
    return found


_NOTHING = Looks()


def _looks(
    tag: str, attributes: dict[str, str | None], rules: SheetRules, native: Sequence[str]
) -> Looks:
    style = attributes.get("style")
    if rules and (ruled := rules.of(tag, attributes, native)):
        add(ruled, inline_declarations(style) if style else {})
        looks = looks_of(ruled)
    else:
        looks = inline_looks(style) if style else _NOTHING
    if "hidden" in attributes or (tag == "details" and "open" not in attributes):
        looks = looks._replace(gone=True)
    if "background" in attributes:
        looks = looks._replace(background="unknown")
    elif looks.background is None and (value := attributes.get("bgcolor")):
        looks = looks._replace(background=_attribute(value))
    if looks.colour is None and (value := attributes.get("text" if tag == "body" else "color")):
        looks = looks._replace(colour=_attribute(value))
    if looks.colour is None and tag == "a" and "href" in attributes:
        # Links have a colour of their own unless they are given one.
        looks = looks._replace(colour="unknown")
    if looks.tiny is None and tag in ("font", "x-font") and attributes.get("size"):
        looks = looks._replace(tiny=False)
    return looks


def _attribute(value: str) -> Shade:
    read = read_attribute(value)
    return "unknown" if read is None or isinstance(read, str) else read


def _states(
    body: LexborNode, root: _State, marked: dict[int, tuple[LexborNode, Looks]]
) -> tuple[dict[int, _State], list[LexborNode]]:
    """The state of each marked element, and the unseen ones that are in no other unseen one."""
    states = {body.mem_id: root}
    inside: dict[int, bool] = {body.mem_id: False}
    above: dict[int, int] = {}
    tops: list[LexborNode] = []
    # A page has few states, each of which is reached again and again.
    known: dict[tuple[_State, Looks], tuple[_State, bool]] = {}
    for node, looks in marked.values():
        parent = _nearest(node, states, above)
        outer = states[parent]
        if node.tag == "summary" and node.parent is not None and node.parent.tag == "details":
            folding = node.parent
            outer = states[_nearest(folding, states, above)]
        reached = known.get((outer, looks))
        if reached is None:
            state = _stated(outer, looks)
            reached = known[outer, looks] = state, state.unseen
        state, unseen = reached
        place = node.mem_id
        states[place] = state
        if unseen and not inside[parent]:
            tops.append(node)
        inside[place] = inside[parent] or unseen
    return states, tops


def _nearest(node: LexborNode, states: dict[int, _State], above: dict[int, int]) -> int:
    """The nearest marked ancestor; nodes on the way are remembered, so the work is linear."""
    way: list[int] = []
    parent = node.parent
    while parent is not None:
        place = parent.mem_id
        if place in states:
            found = place
            break
        if place in above:
            found = above[place]
            break
        way.append(place)
        parent = parent.parent
    else:
        found = next(iter(states))
    for place in way:
        above[place] = found
    return found


def _stated(outer: _State, looks: Looks) -> _State:
    return _State(
        outer.gone or looks.gone,
        outer.invisible if looks.invisible is None else looks.invisible,
        outer.tiny if looks.tiny is None else looks.tiny,
        outer.colour if looks.colour is None else looks.colour,
        outer.background if looks.background is None else looks.background,
    )


def _take(top: LexborNode, states: dict[int, _State], hidden: list[str]) -> list[LexborNode]:
    """The nodes to remove at and below ``top``; their text goes to ``hidden``."""
    taken: list[LexborNode] = []
    pending: list[tuple[LexborNode, bool]] = [(top, True)]
    seen = False
    while pending:
        node, unseen = pending.pop()
        if node.is_text_node:
            if unseen:
                hidden.append(node.text_content or "")
                taken.append(node)
            else:
                seen = True
            continue
        if (state := states.get(node.mem_id)) is not None:
            unseen = state.unseen
        if node.tag in _LINE_ENDS:
            hidden.append("\n")
        pending += [(child, unseen) for child in reversed(list(node.iter(include_text=True)))]
    hidden.append("\n" if top.tag in _LINE_ENDS else "")
    return taken if seen or not states[top.mem_id].gone else [top]
