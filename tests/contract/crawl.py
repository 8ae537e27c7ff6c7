"""Walks through the pages of a web view by their links, from the first page on."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from tests.web.site import Answer, Site

REPRESENTATIVES = 10
"""Links of the same form (page and parameters) that are followed."""
VOID = frozenset(["br", "hr", "img", "input", "link", "meta", "source", "wbr"])
_LINKS = {"href", "src", "hx-get"}


class Page(HTMLParser):
    """What is checked of a page: its tags, ids, title, headings and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.count: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.title = ""
        self.navigation: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag with its attributes."""
        # A chart has titles of its own.
        self.count[tag] += "svg" not in self.open
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if name.startswith("on"):
                self.handlers.append(name)
            if name in _LINKS:
                self.links.append(value or "")
                if "nav" in self.open:
                    self.navigation.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that closes itself, as those of SVG do."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Note that it closes what was opened last."""
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> in {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Note the title."""
        if self.open[-1:] == ["title"] and "svg" not in self.open:
            self.title += data


@dataclass
class Crawl:
    """Answers by path, and for each view the paths of its pages that links lead to."""

    answers: dict[str, Answer] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    reached: dict[str, list[str]] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)


def crawl(site: Site, views: Mapping[str, object]) -> Crawl:
    """Follow some links of each form."""
    found, waiting, followed = Crawl(), deque(["/"]), Counter[tuple[str, ...]]()
    while waiting:
        link = waiting.popleft()
        path = link.partition("#")[0]
        if not path or path in found.answers:
            continue
        if urlsplit(path).netloc or urlsplit(path).scheme:
            found.outside.add(path)
            continue
        view = view_of(path, views)
        form = (view or urlsplit(path).path, *sorted(dict(parse_qsl(urlsplit(path).query, True))))
        followed[form] += 1
        if followed[form] > REPRESENTATIVES:
            continue
        answer = found.answers[path] = site.get(path)
        if answer.headers["Content-Type"].startswith("text/html"):
            found.pages[path] = Page(answer.text)
            waiting += found.pages[path].links
            if view:
                found.reached.setdefault(view, []).append(path)
    return found


def view_of(path: str, views: Mapping[str, object]) -> str | None:
    """The view that a path is of."""
    asked = urlsplit(path).path
    fixed = [view for view in views if view == asked]
    fitting = [view for view in views if re.fullmatch(re.sub(r"{\w+}", "[^/]+", view), asked)]
    return next(iter([*fixed, *fitting]), None)
