"""Text as a reader sees it: undoes what hides words from matching and not from people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from detection_stream.parsing.confusable import (
    ALIKE_AT_A_GLANCE,
    LATIN_VARIANTS,
    LOOKALIKES,
    is_notation,
)
from detection_stream.parsing.letters_apart import join_letters

NARROW_SPACE = "\u2063"
"""Stands for a space too narrow to be seen between two letters, which white space folding loses."""
MIN_MIXED_LETTERS = 4
"""Fewest letters of a disguised word of two scripts: units like ``µm`` are shorter."""
MIN_DIVIDED_LETTERS = 5
"""Fewest letters of a word that a hyphenator divides: two before and three after (as in TeX)."""
MIN_LATIN_WORDS = 2
"""Words that can be Latin for each that cannot, where lookalikes are taken for Latin."""
MAX_GROWTH = 3
"""Times the text may grow by compatibility forms, of which one is 18 letters long."""

# Default_Ignorable_Code_Point of Unicode 15, DerivedCoreProperties.txt.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_MARK = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0"
_LETTER = r"[^\W\d_]"
_IGNORED = re.compile(f"[{_IGNORABLE}]+")
_INTERRUPTED = re.compile(f"(?<![A-Za-z])[A-Za-z]+(?:[{_IGNORABLE}]+[A-Za-z]+)+")
_NARROW = re.compile(f"(?<={_LETTER})[\u2006\u2009\u200a]+(?={_LETTER})")
_REVERSED = re.compile("\u202e([^\u202c\u202e\n]*)\u202c?")
_MARKS = re.compile(f"(?<=[A-Za-z])[{_MARK}]+")
_FOREIGN = re.compile(f"[{''.join(map(chr, ALIKE_AT_A_GLANCE))}]")
_ANY_MARKS = re.compile(f"[{_MARK}]+")
_WORD = re.compile(f"{_LETTER}(?:{_LETTER}|[{_MARK}])*")
_LATIN = re.compile("[A-Za-z]")
_LATIN_WORD = re.compile("[A-Za-z]{2,}")
_DIVIDED = re.compile(rf"(?<=[^\W\d_]|[{_MARK}])[-\u2010]\n(?={_LETTER})")


class FoldedText(NamedTuple):
    """Text as it is read, and how many words (0 or more) were disguised."""

    text: str
    disguised: int


def folded(text: str, words: Collection[str] = ()) -> FoldedText:
    """``text`` as it is read, in linear time; folding a result again changes nothing.

    Letters written apart lose the spaces between words; ``words`` (lower case) are set apart
    again. Accents of Latin letters are lost too, so match the plain text as well.
    """
    disguised = 0
    if not text.isascii():
        text, disguised = _plain_letters(text)
    else:
        text = _undivided(text)
    text, split = join_letters(text, words)
    return FoldedText(text, disguised + split)


def views(text: str, as_read: FoldedText) -> tuple[str, str]:
    """The two texts to match: as it is spelled, and as it is read."""
    return text.replace(NARROW_SPACE, " "), as_read.text


def keep_narrow_spaces(text: str) -> str:
    """``text`` with each narrow space between letters as ``NARROW_SPACE``."""
    # The expression takes ten times as long as all of these, and few texts have such a space.
    if text.isascii() or not ("\u2009" in text or "\u200a" in text or "\u2006" in text):
        return text
    return _NARROW.sub(NARROW_SPACE, text)


def _plain_letters(text: str) -> tuple[str, int]:
    """The text with plain letters and nothing invisible, and its disguised words."""
    disguised = 0
    if "\u202e" in text:
        disguised += sum(len(_LATIN_WORD.findall(span)) for span in _REVERSED.findall(text))
        text = _REVERSED.sub(lambda match: match[1][::-1], text)
    if _IGNORED.search(text):
        disguised += sum(map(_is_interrupted, _INTERRUPTED.findall(text)))
        text = _IGNORED.sub("", text)
    # Ignorable letters come out of compatibility forms as well (half-width Hangul filler).
    most = MAX_GROWTH * len(text)
    text = _IGNORED.sub("", unicodedata.normalize("NFKC", text)[:most])
    disguised += len(_MARKS.findall(text))
    text = _undivided(_without_marks(text))
    if not _FOREIGN.search(text):
        return text, disguised
    text, mixed = _one_script(text)
    return _without_marks(text), disguised + mixed


def _undivided(text: str) -> str:
    """The text without hyphens at the end of lines."""
    return _DIVIDED.sub("", text) if "-\n" in text or "\u2010\n" in text else text


def _without_marks(text: str) -> str:
    """The text without accents and variants of Latin letters."""
    text = unicodedata.normalize("NFD", text).translate(LATIN_VARIANTS)
    return unicodedata.normalize("NFC", _MARKS.sub("", text))


def _is_interrupted(word: str) -> bool:
    """Whether the invisible letters in the word are more than chances to divide it."""
    rest = word.replace("\u00ad", "").replace(NARROW_SPACE, "")
    return not rest.isascii() or ("\u00ad" in word and len(rest) < MIN_DIVIDED_LETTERS)


def _is_foreign(word: str) -> bool:
    """Whether no letter is ASCII, and one does not even look it."""
    return not _LATIN.search(word) and not _bare(word).translate(LOOKALIKES).isascii()


def _bare(word: str) -> str:
    """The word without marks on its letters."""
    return _ANY_MARKS.sub("", unicodedata.normalize("NFD", word))


def _one_script(text: str) -> tuple[str, int]:
    """Words of lookalikes in Latin letters, and how many there were.

    In text that is not mostly Latin only mixed words change, and none is a disguise: people who
    write Russian decline Latin abbreviations.
    """
    words = _WORD.findall(text)
    genuine = sum(map(_is_foreign, words))
    latin = len(words) - genuine > MIN_LATIN_WORDS * genuine
    disguised = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal disguised
        word = match[0]
        if word.isascii() or not _FOREIGN.search(word):
            return word
        bare = _bare(word)
        exact = bare.translate(LOOKALIKES)
        told = latin and exact.isascii() and len(exact) >= MIN_MIXED_LETTERS
        disguised += told and not is_notation(word)
        if _LATIN.search(word):
            return bare.translate(ALIKE_AT_A_GLANCE)
        return exact if latin and exact.isascii() else word

    return _WORD.sub(replace, text), disguised
