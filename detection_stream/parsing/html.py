"""Reads HTML like a reader: visible text, links and input fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from detection_stream.model.message import Link
from detection_stream.parsing import limits
from detection_stream.parsing.direction import in_each_line, mark_overridden, may_override
from detection_stream.parsing.folding import keep_narrow_spaces
from detection_stream.parsing.hosts import host_of
from detection_stream.parsing.html_bounds import bounded
from detection_stream.parsing.links import clean_url
from detection_stream.parsing.visibility import may_hide, take_hidden

# An invisible control character marks the line breaks of blocks, so that the
# source's own line breaks remain white space.
_BREAK = "\x1e"
_BLOCKS = (
    "p,div,br,td,th,li,h1,h2,h3,h4,h5,h6,hr,"
    "blockquote,pre,center,form,section,article,header,footer,option"
)
_UNSEEN = "script,style,title,noframes,iframe,param"
_LINKS = (
    "[href]:not(link):not(base),form[action],[formaction],iframe[src],frame[src],embed[src],"
    "object[data],meta[http-equiv=refresh i][content]"
)
_REFRESH = re.compile(
    r"[\d.\s]{0,20}[;,]?\s{0,20}(?:url\s{0,20}=\s{0,20})?[\"']?([^\"']*+)", re.IGNORECASE
)
# What is between these is a comment to all but the one program that still makes up the most mail.
_CONDITIONAL = re.compile(r"<!--\[if[^\]]{1,99}\]>", re.IGNORECASE)
_CONDITIONAL_END = re.compile(r"<!\[endif\]-->", re.IGNORECASE)
_WITH_TEXT = frozenset(("a", "v:roundrect", "v:rect", "v:shape", "button"))
_MAX_FLAT_TAGS = 4_096
"""Tags up to which nested links cost little, however often their texts are read."""


@dataclass(slots=True)
class Page:
    """What one HTML part shows. ``text`` has one line for each block, not folded.

    ``hidden_text`` is what its readers do not see, ``conditional_text`` what those of only one mail
    program see beside it; both are in lines, too.
    """

    text: str
    links: list[Link]
    hidden_text: str
    forms: int
    password_fields: int
    remote_images: int
    truncated: tuple[str, ...]
    conditional_text: str = ""

    @property
    def hidden_characters(self) -> int:
        """Characters that cannot be seen, without white space."""
        return len("".join(self.hidden_text.split()))


def read_html(source: str) -> Page:
    """Read one HTML part. It is never rendered and nothing in it is fetched."""
    source, truncated = bounded(source)
    tree = LexborHTMLParser(source)
    body = tree.body
    if body is None:
        # A page of frames has none, and its links are those of the frames.
        return Page("", list(_links(tree, based=False, nested=False)), "", 0, 0, 0, truncated)
    # A substring check first is much cheaper than querying the tree in vain.
    lowered = source.lower()
    links = list(_links(tree, "<base" in lowered, source.count("<") > _MAX_FLAT_TAGS))
    forms = len(tree.tags("form"))
    passwords = len(tree.css('input[type="password" i]')) if "<input" in lowered else 0
    images = _remote_images(tree) if "<im" in lowered else 0
    sheets = _style_sheets(tree) if "<style" in lowered else ""
    for node in reversed(_inside(body, _UNSEEN)):
        node.decompose()
    hidden = _folded(take_hidden(body, sheets)) if may_hide(lowered) else ""
    text = _visible_text(body, sheets if may_override(lowered) else None)
    page = Page(text, links, hidden, forms, passwords, images, truncated)
    if "<!--[if" in lowered:
        _add_conditional(page, source)
    return page


def _add_conditional(page: Page, source: str) -> None:
    """Add what only one mail program shows: links, forms, and text that the page does not have."""
    within = "\n".join(_conditional(source))
    if not within.strip():
        return
    other = read_html(within.replace("<!--[if", "<!--"))
    page.links += [link for link in other.links if link not in page.links]
    page.forms += other.forms
    page.password_fields += other.password_fields
    shown = set(page.text.split("\n"))
    page.conditional_text = "\n".join(
        line for line in other.text.split("\n") if line and line not in shown
    )


def _conditional(source: str) -> Iterator[str]:
    """What stands in each conditional comment."""
    position = 0
    while opened := _CONDITIONAL.search(source, position):
        closed = _CONDITIONAL_END.search(source, opened.end())
        if closed is None:
            break
        yield source[opened.end() : closed.start()]
        position = closed.end()


def _style_sheets(tree: LexborHTMLParser) -> str:
    return "\n".join([node.text(separator="") for node in tree.css("style")])


def _folded(text: str) -> str:
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _visible_text(body: LexborNode, sheets: str | None) -> str:
    """The text of each block in a line; ``sheets`` are needed where a direction is overridden."""
    for node in body.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    if sheets is not None:
        mark_overridden(body, sheets)
    text = keep_narrow_spaces(body.text(separator=""))
    if sheets is not None:
        text = in_each_line(text, _BREAK)
    lines = [" ".join(part.split()) for part in text.split(_BREAK)]
    return "\n".join(filter(None, lines))


def _links(tree: LexborHTMLParser, based: bool, nested: bool) -> Iterator[Link]:
    base = ""
    if based and (node := tree.css_first("base[href]")):
        base = clean_url(node.attrs.sget("href"))
    work = limits.MAX_BASE_WORK
    # Broken HTML can nest anchors; without a budget their texts add up.
    characters, nodes = limits.MAX_TEXT_LENGTH, limits.MAX_ANCHOR_NODES
    for node in tree.css(_LINKS):
        url = clean_url(_target(node))
        if not url or url[0] == "#":
            continue
        text = ""
        if characters > 0 and nodes > 0 and node.tag in _WITH_TEXT:
            if nested:
                inside = list(islice(node.traverse(include_text=True), nodes))
                nodes -= len(inside)
                text = "".join([child.text_content or "" for child in inside if child.is_text_node])
            else:
                text = node.text(separator="")
            characters -= len(text)
            text = " ".join(text[: limits.MAX_ANCHOR_LENGTH].split())
        if base:
            work -= len(base) + len(url)
            base = base if work > 0 else _root(base)
            url = _resolve(base, url)
        yield Link(url, host_of(url), text)


def _target(node: LexborNode) -> str:
    """What an element leads to, as it is written."""
    attributes = node.attributes
    for name in ("formaction", "href", "xlink:href", "action", "data", "src"):
        if value := attributes.get(name):
            return value
    found = _REFRESH.match(attributes.get("content") or "")
    return found[1] if found else ""


def _resolve(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def _root(base: str) -> str:
    """The base without its path, which takes the most time to join; the host is what counts."""
    return _resolve(base, "/")[: limits.MAX_URL_LENGTH]


def _remote_images(tree: LexborHTMLParser) -> int:
    sources = (clean_url(node.attrs.sget("src")) for node in tree.css("img[src]"))
    return sum(source[:4].lower() == "http" or source[:2] == "//" for source in sources)


def _inside(body: LexborNode, selector: str) -> list[LexborNode]:
    """Matches below ``body``, which must outlive what is removed from it."""
    return [node for node in body.css(selector) if node.mem_id != body.mem_id]
