"""Text, links and files inside attachments that a reader opens like the message itself.

A sender can put everything that matters there. Messages and other containers within such are read
one after another, and share the caps: work does not multiply with their number or depth.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

from detection_stream.model.message import Attachment, Link
from detection_stream.parsing import limits
from detection_stream.parsing.build import Parts
from detection_stream.parsing.containers import OPENERS
from detection_stream.parsing.containers.encoded_files import has_files, take_files
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.enclosure import Enclosure
from detection_stream.parsing.hosts import host_of
from detection_stream.parsing.html import Page, read_html
from detection_stream.parsing.links import find_urls
from detection_stream.parsing.mail_head import read_head
from detection_stream.parsing.mail_parts import read_parts
from detection_stream.parsing.text import fold

_ARCHIVES: Final = frozenset({"zip", "tar", "gzip", "outlook", "rtf"})
"""Kinds of which no more is read than is unpacked."""
_SHOWN: Final = frozenset({"body", "tnef"})
"""Kinds that mail programs show as the message if there is no other text."""
_REPORTS: Final = (
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/global-disposition-notification",
    "message/feedback-report",
)


def open_enclosures(parts: Parts) -> None:
    """Set ``parts.enclosed`` and add the files that are in attachments and in texts.

    What is over a cap of ``limits`` (``MAX_ENCLOSED_...``) is not read, and ``truncated`` says so.
    """
    encoded = any(map(has_files, parts.texts))
    if not parts.enclosures and not encoded:
        return
    reading = _Reading(parts)
    if encoded:
        parts.texts = [reading.without_files(text) for text in parts.texts]
    reported = _is_report(parts)
    reading.waiting.extend([replace(one, reported=reported) for one in parts.enclosures])
    reading.read_all()
    parts.enclosed = reading.page()
    parts.attachments = (*parts.attachments, *reading.attachments)


def _is_report(parts: Parts) -> bool:
    """Whether it is a bounce, receipt or abuse report, whose enclosures others have written."""
    kinds = parts.headers.get("content-type", ("",))
    return kinds[0].lower().startswith("multipart/report") and any(
        one.content_type.startswith(_REPORTS) for one in parts.attachments
    )


@dataclass(slots=True)
class _Reading:
    """What was read so far, and what may still be.

    ``texts`` and ``htmls`` come with whether they are in what a report returns.
    """

    parts: Parts
    messages: int = limits.MAX_ENCLOSED_MESSAGES
    size: int = limits.MAX_ENCLOSED_BYTES
    left: dict[bool, int] = field(
        default_factory=lambda: dict.fromkeys((True, False), limits.MAX_ENCLOSED_LENGTH)
    )
    texts: list[tuple[str, bool]] = field(default_factory=list)
    htmls: list[tuple[str, bool]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    waiting: deque[Enclosure] = field(default_factory=deque)

    def read_all(self) -> None:
        """Read what waits, and what is found in it."""
        while self.waiting:
            one = self.waiting.popleft()
            if one.kind in ("html", "text"):
                self._add(one.text(), one)
            elif self._may_open(one):
                self._take(_open(one, self.size), one)

    def without_files(self, text: str) -> str:
        """The text of the message without the encoded files in it, which are attachments."""
        if not has_files(text):
            return text
        found = Opened()
        text, files = take_files(text)
        for file in files:
            found.add_file(*file)
        self.attachments += found.attachments
        self.waiting += found.enclosures
        return text

    def _may_open(self, container: Enclosure) -> bool:
        """Whether the caps allow for another container."""
        if len(self.attachments) > limits.MAX_ATTACHMENTS:
            return False
        self.messages -= 1
        if container.kind not in _ARCHIVES:
            self.size -= len(container.content)
        if self.messages < 0:
            self.parts.truncated.append("enclosed-messages")
        elif self.size < 0:
            self.parts.truncated.append("enclosed-bytes")
        return self.messages >= 0 and self.size >= 0

    def _take(self, found: Opened, container: Enclosure) -> None:
        self.size -= found.unpacked
        self.parts.truncated += found.truncated
        self.attachments += found.attachments
        self.waiting += [replace(one, reported=container.reported) for one in found.enclosures]
        texts, htmls = list(map(self.without_files, found.texts)), found.htmls
        if container.kind in _SHOWN and not container.reported and not self._has_body():
            self.parts.texts, self.parts.htmls = texts, htmls
            return
        for text in texts:
            self._add(text, container)
        for html in htmls:
            self._add(html, replace(container, kind="html"))

    def _has_body(self) -> bool:
        return any(map(str.strip, (*self.parts.texts, *self.parts.htmls)))

    def _add(self, text: str, source: Enclosure) -> None:
        """A text, as much of it as its kind has left."""
        html = source.kind == "html"
        left = self.left[html]
        if len(text) > left:
            self.parts.truncated.append("enclosed-length")
        self.left[html] = max(left - len(text), 0)
        if text[:left]:
            (self.htmls if html else self.texts).append((text[:left], source.reported))

    def page(self) -> Page:
        """All of it as if it were one page; of what a report returns the links alone."""
        texts = [(fold(text), reported) for text, reported in self.texts]
        pages = [(read_html(html), reported) for html, reported in self.htmls]
        links = [link for page, _ in pages for link in page.links]
        links += [Link(url, host_of(url), "") for text, _ in texts for url in find_urls(text)]
        for page, _ in pages:
            self.parts.truncated += page.truncated
        own = [page for page, reported in pages if not reported]
        shown = [text for text, reported in texts if not reported] + [page.text for page in own]
        return Page(
            "\n".join(filter(None, shown)),
            links,
            "\n".join(filter(None, [page.hidden_text for page in own])),
            sum([page.forms for page in own]),
            sum([page.password_fields for page in own]),
            sum([page.remote_images for page in own]),
            (),
        )


def _open(container: Enclosure, most: int) -> Opened:
    """What is in a container, of whose content at most ``most`` bytes are unpacked."""
    if container.kind not in ("message", "body"):
        return OPENERS[container.kind](container, most)
    content = container.content.lstrip()
    inner = read_parts(read_head(content), len(content))
    subjects = inner.headers.get("subject", ())[:1] if container.kind == "message" else ()
    return Opened(
        texts=[*[" ".join(subject.split()) for subject in subjects], *inner.texts],
        htmls=list(inner.htmls),
        attachments=list(inner.attachments),
        enclosures=list(inner.enclosures),
        truncated=inner.truncated,
    )
