"""Takes out of a page what its readers do not see.

Hidden are elements that styles, style sheets or attributes make invisible, and text too small to
read or in the colour of what is behind it. What is not understood (images and gradients behind
text, computed values) counts as seen. The work is linear in the nodes of the page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from detection_stream.parsing.colours import CLEAR, alike, read_attribute
from detection_stream.parsing.looks import Looks, Shade, inline_declarations, inline_looks, looks_of
from detection_stream.parsing.style_matching import SheetRules
from detection_stream.parsing.style_rules import add

_ATTRIBUTES = "[style],[hidden],[bgcolor],[background],font,x-font,a[href],details,summary"
_LINE_ENDS = frozenset(("p", "div", "br", "td", "th", "li", "tr", "h1", "h2", "h3", "hr", "pre"))
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class _State:
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


def may_hide(lowered: str) -> bool:
    """Whether the source (lower case) has anything that could hide text."""
    return any(word in lowered for word in ("style", "hidden", "color", "<details"))


def take_hidden(body: LexborNode, sheets: str) -> str:
    """Remove the unseen text below ``body`` and return it; ``sheets`` are its style sheets."""
    rules = SheetRules(body, sheets)
    root = _stated(_State(), _looks(body, rules))
    # The page's own element is shown whatever it says.
    root = replace(root, gone=False, invisible=False, tiny=False)
    marked = _marked(body, rules)
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


def _marked(body: LexborNode, rules: SheetRules) -> dict[int, tuple[LexborNode, Looks]]:
    """Elements whose look differs from their parent's, in order of the document."""
    selector = ",".join((_ATTRIBUTES, *(rules.selectors if rules else ())))
    found: dict[int, tuple[LexborNode, Looks]] = {}
    # A node comes once for each selector of the list that it matches.
    seen = {body.mem_id}
    for node in body.css(selector):
        if node.mem_id not in seen:
            seen.add(node.mem_id)
            looks = _looks(node, rules)
            if looks != _NOTHING or node.tag in ("details", "summary"):
                found[node.mem_id] = (node, looks)
    return found


_NOTHING = Looks()


def _looks(node: LexborNode, rules: SheetRules) -> Looks:
    attributes = node.attributes
    style = attributes.get("style")
    if rules and (ruled := rules.of(node, attributes)):
        add(ruled, inline_declarations(style) if style else {})
        looks = looks_of(ruled)
    else:
        looks = inline_looks(style) if style else _NOTHING
    if "hidden" in attributes or (node.tag == "details" and "open" not in attributes):
        looks = replace(looks, gone=True)
    if "background" in attributes:
        looks = replace(looks, background="unknown")
    elif looks.background is None and (value := attributes.get("bgcolor")):
        looks = replace(looks, background=_attribute(value))
    name = "text" if node.tag == "body" else "color"
    if looks.colour is None and (value := attributes.get(name)):
        looks = replace(looks, colour=_attribute(value))
    if looks.colour is None and node.tag == "a" and "href" in attributes:
        # Links have a colour of their own unless they are given one.
        looks = replace(looks, colour="unknown")
    if looks.tiny is None and node.tag in ("font", "x-font") and attributes.get("size"):
        looks = replace(looks, tiny=False)
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
    for node, looks in marked.values():
        parent = _nearest(node, states, above)
        outer = states[parent]
        if node.tag == "summary" and node.parent is not None and node.parent.tag == "details":
            folding = node.parent
            outer = states[_nearest(folding, states, above)]
        state = _stated(outer, looks)
        states[node.mem_id] = state
        if state.unseen and not inside[parent]:
            tops.append(node)
        inside[node.mem_id] = inside[parent] or state.unseen
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
