"""Phrases in text: one Hyperscan pass finds which patterns of which family occur."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence, Set
from functools import cache

import numpy as np

from detection_stream.model.batch import FloatColumn
from detection_stream.parsing.letters_apart import MAX_KNOWN_LETTERS, MIN_KNOWN_LETTERS
from detection_stream.parsing.quick_search import Patterns
from detection_stream.signals.lists import brands, load

_ESCAPE = re.compile(r"\\[a-z]|\[[^]]*\]\S*")
_LONG_WORD = re.compile(rf"[a-z]{{{MIN_KNOWN_LETTERS},{MAX_KNOWN_LETTERS}}}")


class PhraseSet:
    """Patterns in named families; case-insensitive for ASCII letters."""

    def __init__(self, families: Mapping[str, Sequence[str]]) -> None:
        self.families = tuple(families)
        self._patterns = [
            (number, pattern)
            for number, family in enumerate(self.families)
            for pattern in families[family]
        ]
        self._scanned = Patterns([pattern for _, pattern in self._patterns])

    def patterns(self, *views: str) -> set[int]:
        """Numbers of the patterns that occur in a view."""
        found: set[int] = set()
        for view in dict.fromkeys(views):
            found.update(self._scanned.within(view.encode()))
        return found

    def scan(self, *views: str) -> list[int]:
        """Family of each distinct pattern that occurs in a view, in order of the patterns."""
        return [self._patterns[number][0] for number in sorted(self.patterns(*views))]

    def within(self, patterns: Set[int], families: Set[str]) -> set[int]:
        """Those of the patterns that are of such a family."""
        return {one for one in patterns if self.families[self._patterns[one][0]] in families}

    def without(self, patterns: Set[int], families: Set[str]) -> set[int]:
        """Those of the patterns that are of no such family."""
        return set(patterns - self.within(patterns, families))

    def count(self, found: Sequence[Collection[int]]) -> dict[str, FloatColumn]:
        """For each family a column with the number of its patterns found in each message."""
        counts = np.zeros((len(self.families), len(found)))
        for index, patterns in enumerate(found):
            for number in patterns:
                counts[self._patterns[number][0], index] += 1
        return {name: counts[number] for number, name in enumerate(self.families)}


@cache
def language() -> PhraseSet:
    """The families of ``phrases.yml``."""
    return PhraseSet(load("phrases.yml"))


@cache
def vocabulary() -> frozenset[str]:
    """Words of the phrases and brands, in lower case, to be found where no space divides them."""
    patterns = [pattern for family in load("phrases.yml").values() for pattern in family]
    spelled = _ESCAPE.sub(" ", " ".join([*patterns, *brands()]))
    return frozenset(_LONG_WORD.findall(spelled.lower()))


@cache
def brand_names() -> PhraseSet:
    """One family per brand: its name as a whole word."""
    return PhraseSet({brand: [rf"\b{brand.replace(' ', '[ -]?')}\b"] for brand in brands()})
