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
from detection_stream.parsing.folding import keep_narrow_spaces
from detection_stream.parsing.html_bounds import bounded
from detection_stream.parsing.links import clean_url, host_of
from detection_stream.short_cache import short_cache

# An invisible control character marks the line breaks of blocks, so that the
# source's own line breaks remain white space.
_BREAK = "\x1e"
_BLOCKS = (
    "p,div,br,td,th,li,h1,h2,h3,h4,h5,h6,hr,"
    "blockquote,pre,center,form,section,article,header,footer,option"
)
_UNSEEN = "script,style,title,textarea,noframes,iframe,param"
_MAX_FLAT_TAGS = 4_096
"""Tags up to which nested links cost little, however often their texts are read."""
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?<![-\w])opacity\s*:\s*(?:0+(?:\.0*)?|\.0+)(?![\d.])"
)
_TINY = re.compile(
    r"font-size\s*:\s*(?:(?:0+(?:\.0*)?|\.0+)(?![\d.])|(?:0*\.\d+|[01](?:\.\d+)?)\s*p[xt])"
)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(slots=True)
class Page:
    """What one HTML part shows. ``text`` has one line for each block, not folded."""

    text: str
    links: list[Link]
    hidden_characters: int
    forms: int
    password_fields: int
    remote_images: int
    truncated: tuple[str, ...]


def read_html(source: str) -> Page:
    """Read one HTML part. It is never rendered and nothing in it is fetched."""
    source, truncated = bounded(source)
    tree = LexborHTMLParser(source)
    body = tree.body
    if body is None:
        return Page("", [], 0, 0, 0, 0, truncated)
    # A substring check first is much cheaper than querying the tree in vain.
    lowered = source.lower()
    links = list(_links(tree, "<base" in lowered, source.count("<") > _MAX_FLAT_TAGS))
    forms = len(tree.tags("form"))
    passwords = len(tree.css('input[type="password" i]')) if "<input" in lowered else 0
    images = _remote_images(tree) if "<im" in lowered else 0
    for node in reversed(_inside(body, _UNSEEN)):
        node.decompose()
    hidden = _drop(_inside(body, "[hidden]")) if "hidden" in lowered else 0
    if "style" in lowered:
        hidden += _remove_hidden(body)
    text = _visible_text(body)
    return Page(text, links, hidden, forms, passwords, images, truncated)


def _visible_text(body: LexborNode) -> str:
    for node in body.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    text = keep_narrow_spaces(body.text(separator=""))
    lines = [" ".join(part.split()) for part in text.split(_BREAK)]
    return "\n".join(filter(None, lines))


def _links(tree: LexborHTMLParser, based: bool, nested: bool) -> Iterator[Link]:
    base = ""
    if based and (node := tree.css_first("base[href]")):
        base = clean_url(node.attrs.sget("href"))
    work = limits.MAX_BASE_WORK
    # Broken HTML can nest anchors; without a budget their texts add up.
    characters, nodes = limits.MAX_TEXT_LENGTH, limits.MAX_ANCHOR_NODES
    for node in tree.css("a[href],area[href],form[action]"):
        url = clean_url(node.attrs.sget("href") or node.attrs.sget("action"))
        if not url or url[0] == "#":
            continue
        text = ""
        if characters > 0 and nodes > 0 and node.tag == "a":
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


def _remove_hidden(body: LexborNode) -> int:
    """Remove what inline styles hide; returns its characters without white space."""
    styled = [(node, _style(node.attrs.sget("style"))) for node in _inside(body, "[style]")]
    hidden = [node for node, style in styled if style == "hidden"]
    tiny = [node for node, style in styled if style == "tiny"]
    count = 0
    if tiny:
        # Layouts set a cell's font size to 0 and reset it for the text inside.
        resized = _ancestors(node for node, style in styled if style == "sized")
        hidden = [
            node
            for node, style in styled
            if style == "hidden" or (style == "tiny" and node.mem_id not in resized)
        ]
        texts = [
            child
            for node in tiny
            if node.mem_id in resized
            for child in node.iter(include_text=True)
            if child.is_text_node
        ]
        count += _drop(texts)
    return count + _drop(hidden)


def _ancestors(nodes: Iterator[LexborNode]) -> set[int]:
    found: set[int] = set()
    for node in nodes:
        parent = node.parent
        while parent is not None and parent.mem_id not in found:
            found.add(parent.mem_id)
            parent = parent.parent
    return found


def _drop(nodes: list[LexborNode]) -> int:
    """Remove nodes given in document order; returns their characters without white space."""
    count = 0
    # Last to first: a node must not outlive the ancestor that owns it.
    for node in reversed(nodes):
        count += len("".join(node.text(separator="").split()))
        node.decompose()
    return count


@short_cache(8_192, 512)
def _style(style: str) -> str:
    """``hidden``, ``tiny`` (its own text cannot be seen), ``sized`` (normal size) or empty."""
    style = style.lower()
    if "/*" in style:
        style = _CSS_COMMENT.sub("", style)
    if ("none" in style or "hidden" in style or "opac" in style) and _HIDDEN.search(style):
        return "hidden"
    if "font-size" not in style:
        return ""
    return "tiny" if _TINY.search(style) else "sized"
