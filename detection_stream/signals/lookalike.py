"""Detects lookalike domains and names."""

from __future__ import annotations

import re
from functools import cache

from confusable_homoglyphs import confusables
from rapidfuzz.distance import OSA

from detection_stream.parsing.confusable import is_notation
from detection_stream.parsing.domains import label, registrable
from detection_stream.short_cache import short_cache
from detection_stream.signals.lists import brand_domains

MIN_LABEL_LENGTH = 5
"""Labels shorter than this are too common to compare."""
MIN_LONG_LABEL_LENGTH = 9
"""Labels of at least this length may differ at two positions."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_LEET = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b"})


@short_cache(16_384, 16)
def _latin_of(character: str) -> str:
    found = confusables.is_confusable(character, preferred_aliases=[], greedy=True)
    for entry in found or ():
        for homoglyph in entry["homoglyphs"]:
            if len(homoglyph["c"]) == 1 and homoglyph["c"].isascii():
                return str(homoglyph["c"]).lower()
    return character


@short_cache(16_384)
def skeleton(text: str) -> str:
    """The text in lower case, with Latin lookalikes replaced by Latin letters."""
    lowered = text.lower()
    if not lowered.isascii():
        lowered = "".join(c if c.isascii() else _latin_of(c) for c in lowered)
    return lowered.translate(_LEET).replace("rn", "m").replace("vv", "w")


@short_cache(16_384)
def decoded(host: str) -> str:
    """The host with its ``xn--`` labels decoded."""
    if "xn--" not in host:
        return host
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


@short_cache(16_384)
def resembles(host: str, others: frozenset[str]) -> bool:
    """Whether the host's registrable domain looks like one of ``others`` but is not.

    It does if its own label has the same skeleton or differs at one position (two from nine
    characters), or contains the other's label between hyphens.
    """
    domain = registrable(host)
    if not domain or domain in {registrable(other) for other in others}:
        return False
    mine = label(decoded(domain))
    return any(_alike(mine, label(other)) for other in others)


def _alike(mine: str, other: str) -> bool:
    if len(other) < MIN_LABEL_LENGTH or mine == other:
        return mine == other and len(other) >= MIN_LABEL_LENGTH
    if skeleton(mine) == skeleton(other) or other in mine.split("-"):
        return True
    most = 2 if len(other) >= MIN_LONG_LABEL_LENGTH else 1
    return OSA.distance(mine, other, score_cutoff=most) <= most


@short_cache(16_384)
def resembles_brand(host: str) -> bool:
    """Whether the host looks like a known brand's domain but is not."""
    if registrable(host) in brand_domains():
        return False
    mine = label(decoded(registrable(host)))
    if len(mine) < MIN_LABEL_LENGTH:
        return False
    return any(_alike(mine, other) and mine != other for other in _brand_labels())


@cache
def _brand_labels() -> tuple[str, ...]:
    return tuple(sorted({label(domain) for domain in brand_domains()}))


@short_cache(16_384)
def mixed_scripts(text: str) -> bool:
    """Whether a word mixes Latin letters with lookalikes.

    A hyphen or an apostrophe ends a word: people join Latin abbreviations to their own language.
    """
    if text.isascii():
        return False
    return any(
        any(c.isascii() for c in word)
        and any(not c.isascii() and _latin_of(c) != c for c in word)
        and not is_notation(word)
        for word in _WORD.findall(text)
    )
