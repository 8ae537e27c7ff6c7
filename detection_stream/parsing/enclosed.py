"""Text, links and files inside attachments that a reader opens like the message itself.

A sender can put everything that matters there. Messages within messages are read one after
another, and share the caps: work does not multiply with their number or depth.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from detection_stream.model.message import Attachment, Link
from detection_stream.parsing import limits
from detection_stream.parsing.build import Parts
from detection_stream.parsing.enclosure import Enclosure
from detection_stream.parsing.html import Page, read_html
from detection_stream.parsing.links import find_urls, host_of
from detection_stream.parsing.mail_head import read_head
from detection_stream.parsing.mail_parts import read_parts
from detection_stream.parsing.text import fold


def open_enclosures(parts: Parts) -> None:
    """Set ``parts.enclosed`` and add the attachments of attached messages.

    What is over a cap of ``limits`` (``MAX_ENCLOSED_...``) is not read, and ``truncated`` says so.
    """
    if not parts.enclosures:
        return
    read = _Reading(parts.truncated)
    waiting = deque(parts.enclosures)
    while waiting:
        one = waiting.popleft()
        if one.kind != "message":
            read.add(one.text(), html=one.kind == "html")
        elif read.may_open(one):
            waiting.extend(read.open(one))
    parts.enclosed = read.page()
    parts.attachments = (*parts.attachments, *read.attachments)


@dataclass(slots=True)
class _Reading:
    """What was read so far, and what may still be."""

    truncated: list[str]
    messages: int = limits.MAX_ENCLOSED_MESSAGES
    size: int = limits.MAX_ENCLOSED_BYTES
    left: dict[bool, int] = field(
        default_factory=lambda: dict.fromkeys((True, False), limits.MAX_ENCLOSED_LENGTH)
    )
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)

    def may_open(self, message: Enclosure) -> bool:
        """Whether the caps allow for another message."""
        self.messages -= 1
        self.size -= len(message.content)
        if self.messages < 0:
            self.truncated.append("enclosed-messages")
        elif self.size < 0:
            self.truncated.append("enclosed-bytes")
        return self.messages >= 0 and self.size >= 0

    def open(self, message: Enclosure) -> list[Enclosure]:
        """Read an attached message; returns what it encloses itself."""
        content = message.content.lstrip()
        inner = read_parts(read_head(content), len(content))
        self.truncated += inner.truncated
        for subject in inner.headers.get("subject", ())[:1]:
            self.add(" ".join(subject.split()), html=False)
        for text in inner.texts:
            self.add(text, html=False)
        for html in inner.htmls:
            self.add(html, html=True)
        self.attachments += inner.attachments
        return list(inner.enclosures)

    def add(self, text: str, *, html: bool) -> None:
        """A text, as much of it as its kind has left."""
        left = self.left[html]
        if len(text) > left:
            self.truncated.append("enclosed-length")
        self.left[html] = max(left - len(text), 0)
        if text[:left]:
            (self.htmls if html else self.texts).append(text[:left])

    def page(self) -> Page:
        """All of it as if it were one page."""
        pages = list(map(read_html, self.htmls))
        for page in pages:
            self.truncated += page.truncated
        texts = list(map(fold, self.texts))
        links = [link for page in pages for link in page.links]
        links += [Link(url, host_of(url), "") for text in texts for url in find_urls(text)]
        return Page(
            "\n".join(filter(None, [*texts, *[page.text for page in pages]])),
            links,
            "\n".join(filter(None, [page.hidden_text for page in pages])),
            sum([page.forms for page in pages]),
            sum([page.password_fields for page in pages]),
            sum([page.remote_images for page in pages]),
            (),
        )
