"""Reads HTML like a reader: visible text, links and input fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
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
from detection_stream.parsing.html_words import BLOCKS, UNSEEN, tags_among, words_of
from detection_stream.parsing.links import clean_url
from detection_stream.parsing.visibility import may_hide, take_hidden

# An invisible control character marks the line breaks of blocks, so that the
# source's own line breaks remain white space.
_BREAK = "\x1e"
_LINKS = (
    "[href]:not(link):not(base),form[action],[formaction],iframe[src],frame[src],embed[src],"
    "object[data],meta[http-equiv=refresh i][content]"
)
# Where none of these occurs, only anchors lead somewhere.
_LINK_WORDS = frozenset(
    ("action", "refresh", "<area", "<embed", "<frame", "<iframe", "<object", "<v:[a-z]*")
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
    words = words_of(source)
    body = tree.body
    links = list(_links(tree, source, words))
    if body is None:
        # A page of frames has none, and its links are those of the frames.
        return Page("", links, "", 0, 0, 0, truncated)
    forms = len(tree.tags("form")) if "<form" in words else 0
    passwords = _password_fields(tree) if "<input" in words else 0
    images = _remote_images(tree) if "<img" in words else 0
    sheets = _style_sheets(tree) if "<style" in words else ""
    _drop_unseen(tree, body, words)
    hidden = _folded(take_hidden(body, sheets, words)) if may_hide(words) else ""
    _mark_blocks(tree, words)
    text = _visible_text(body, sheets if may_override(words) else None)
    page = Page(text, links, hidden, forms, passwords, images, truncated)
    if "conditional" in words:
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
    return "\n".join([node.text(separator="") for node in tree.tags("style")])


def _folded(text: str) -> str:
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _mark_blocks(tree: LexborHTMLParser, words: Set[str]) -> None:
    """Put breaks around the elements whose text stands in lines of its own."""
    for name in tags_among(words, BLOCKS):
        for node in tree.tags(name):
            node.insert_before(_BREAK)
            node.insert_after(_BREAK)


def _visible_text(body: LexborNode, sheets: str | None) -> str:
    """The text between breaks in a line; ``sheets`` are needed where a direction is overridden."""
    if sheets is not None:
        mark_overridden(body, sheets)
    text = keep_narrow_spaces(body.text(separator=""))
    if sheets is not None:
        text = in_each_line(text, _BREAK)
    lines = [" ".join(part.split()) for part in text.split(_BREAK)]
    return "\n".join(filter(None, lines))


def _links(tree: LexborHTMLParser, source: str, words: Set[str]) -> Iterator[Link]:
    base = ""
    if "<base" in words and (node := tree.css_first("base[href]")):
        base = clean_url(node.attrs.sget("href"))
    nested = source.count("<") > _MAX_FLAT_TAGS
    work = limits.MAX_BASE_WORK
    # Broken HTML can nest anchors; without a budget their texts add up.
    characters, nodes = limits.MAX_TEXT_LENGTH, limits.MAX_ANCHOR_NODES
    for node in _linking(tree, source, words):
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


def _linking(tree: LexborHTMLParser, source: str, words: Set[str]) -> list[LexborNode]:
    """The elements that lead somewhere, in order of the document."""
    if words.isdisjoint(_LINK_WORDS):
        if "href" not in words:
            return []
        anchors = [node for node in tree.tags("a") if "href" in node.attributes]
        if len(anchors) == source.encode(errors="replace").lower().count(b"href"):
            return anchors
    return tree.css(_LINKS)


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
    sources = [clean_url(node.attributes.get("src") or "") for node in tree.tags("img")]
    return sum([source[:4].lower() == "http" or source[:2] == "//" for source in sources])


def _password_fields(tree: LexborHTMLParser) -> int:
    types = [node.attributes.get("type") or "" for node in tree.tags("input")]
    return sum([one.lower() == "password" for one in types])


def _drop_unseen(tree: LexborHTMLParser, body: LexborNode, words: Set[str]) -> None:
    """Remove elements below ``body`` whose text is not for readers; most are in the head."""
    names = tags_among(words, UNSEEN)
    if any(_is_outside_head(node) for name in names for node in tree.tags(name)):
        # Last to first: a node must not outlive the ancestor that owns it.
        for node in reversed(body.css(",".join(names))):
            if node.mem_id != body.mem_id:
                node.decompose()


def _is_outside_head(node: LexborNode) -> bool:
    return node.parent is None or node.parent.tag != "head"
