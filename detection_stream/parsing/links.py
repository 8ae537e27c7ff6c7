"""Finds URLs in plain text, as mail programs make them clickable and readers put them together.

Nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from string import ascii_letters, digits
from typing import Final

from detection_stream.parsing import defanged, limits
from detection_stream.parsing.domains import is_public
from detection_stream.parsing.quick_search import Marks
from detection_stream.parsing.url_lists import url_list

_SCHEME = re.compile(r"https?$", re.IGNORECASE)
# Text of scripts without blanks between words begins right behind a URL.
_WIDE: Final = (
    r"\u00ab\u00bb\u2018-\u201f\u2026\u2e80-\u9fff"
    r"\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
)
_WIDE_MARKS: Final = r"\u3000\u3001\u3008-\u3011\uff01-\uff0d\uff1a-\uff20"
_STOP: Final = r"\s<>\"'`|"
_HOST: Final = (
    rf"(?:(?:[^{_STOP}/\\?#{_WIDE}]|[\u3002\uff0e\uff61](?=[a-z0-9]))++"
    rf"|[^{_STOP}/\\?#{_WIDE_MARKS}]++)"
)
_REST = re.compile(rf"(?:[a-z]{{3,5}}:[\\/]*+)?{_HOST}[^{_STOP}{_WIDE}]*+", re.IGNORECASE)
# Letters that could be of the same label as Latin ones.
_LETTERS: Final = r"a-z0-9_\u00aa-\u058f\u1e00-\u1fff"
_TRAILING = ".,;:!?)]}>*_"
_DROPPED = dict.fromkeys(map(ord, "\t\r\n"))
_CONTROLS = "".join(map(chr, range(0x21)))
# A host and the path behind it, where no address, path or word goes on before it.
_BARE = re.compile(
    rf"(?<![{_LETTERS}@./\\:=%~+&-])((?:[a-z0-9-]{{1,63}}\.){{1,6}}[a-z]{{2,24}})"
    rf"(?::\d{{2,5}})?(/[^{_STOP}{_WIDE}]*+|(?![{_LETTERS}@/\\=(-]|\.[{_LETTERS}]))",
    re.IGNORECASE,
)
_DOT = re.compile(r"\.(?=[a-zA-Z])")
_LABEL = frozenset(ascii_letters + digits + "-")
_MAX_LABEL = 63
MIN_LABELS_ALONE = 3
"""Labels of a host that is a link without a path: ``login.example.com``, but not ``asp.net``."""
_MARKS: Final = Marks(
    {
        **defanged.MARKS,
        "scheme": "https?://",
        "www": r"www\.",
        "host": r"[a-z0-9-]\.([a-z0-9-]+\.[a-z]|[a-z]+(:[0-9]+)?/)",
    }
)


def find_urls(text: str, labels: int = MIN_LABELS_ALONE) -> list[str]:
    """The URLs of a plain text, each once, in order.

    These are http and https, whatever keeps them from being clicked (``hxxp``, ``[.]``), and
    names of hosts with ``www.``, with a path or of at least so many ``labels``.
    """
    marks = _MARKS.within(text)
    if not marks and labels >= MIN_LABELS_ALONE:
        return []
    if marks & defanged.MARKS.keys():
        text = defanged.armed(text, marks)
        marks = _MARKS.within(text)
    found: dict[str, None] = {}
    past = 0
    for start in sorted(_starts(text, marks, labels)):
        if start < past:
            continue
        match = _REST.match(text, start)
        if match is None:
            continue
        past = match.end()
        found[match[0][: limits.MAX_URL_LENGTH].rstrip(_TRAILING)] = None
        if len(found) > limits.MAX_LINKS:
            break
    return list(found)


def _starts(text: str, marks: Set[str], labels: int) -> Iterator[int]:
    """Where a URL may begin."""
    if "scheme" in marks:
        at = text.find("://")
        while at >= 0:
            if match := _SCHEME.search(text, max(at - 5, 0), at):
                yield match.start()
            at = text.find("://", at + 3)
    if "www" in marks:
        for prefix in ("www.", "WWW."):
            at = text.find(prefix)
            while at >= 0:
                if not at or not (text[at - 1].isalnum() and text[at - 1].isascii()):
                    yield at
                at = text.find(prefix, at + 4)
    if "host" in marks if labels >= MIN_LABELS_ALONE else "." in text:
        yield from _bare_hosts(text, labels)


def _bare_hosts(text: str, labels: int) -> Iterator[int]:
    """Where hosts without a scheme begin; few words have a dot within, so these are looked at."""
    past = 0
    for dot in _DOT.finditer(text):
        start = dot.start()
        if start < past:
            continue
        first = max(start - _MAX_LABEL, 0)
        while start > first and text[start - 1] in _LABEL:
            start -= 1
        if found := _BARE.match(text, start):
            past = found.end()
            if _is_clickable(found, labels):
                yield start


def _is_clickable(found: re.Match[str], fewest: int) -> bool:
    host = found[1].lower()
    if not is_public(host):
        return False
    labels = host.split(".")
    if len(found[2]) > 1:
        return len(labels) > 2 or labels[-1] not in url_list("source_files")
    return len(labels) >= fewest and labels[-1] in url_list("written_alone")


def clean_url(url: str) -> str:
    """``url`` as browsers read it: no line breaks, no surrounding control characters, capped."""
    return url.translate(_DROPPED).strip(_CONTROLS)[: limits.MAX_URL_LENGTH]
