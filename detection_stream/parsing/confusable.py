"""Letters of other scripts that look like Latin ones, from Unicode's confusables (UTS 39)."""

from __future__ import annotations

import unicodedata

from confusable_homoglyphs import confusables

_SCRIPTS = frozenset({"CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "LISU", "CANADIAN"})
"""Scripts with whole alphabets of lookalikes that fonts carry; words never mix them with Latin."""
_CORRECTED = {"\u0406": "I", "\u04c0": "I", "\u0399": "I"}
"""UTS 39 maps capital I to a small l, which it resembles without serifs."""


def _lookalikes() -> dict[int, str]:
    """Each letter that has one ASCII letter as its lookalike, unless NFKC maps it already."""
    found: dict[int, str] = {}
    for character, alike in confusables.confusables_data.items():
        letters = [one["c"] for one in alike if len(one["c"]) == 1 and one["c"].isascii()]
        letters = [letter for letter in letters if letter.isalpha()]
        if (
            letters
            and len(character) == 1
            and character.isalpha()
            and not character.isascii()
            and unicodedata.normalize("NFKC", character) == character
        ):
            found[ord(character)] = _CORRECTED.get(character, letters[0])
    return found


def _script(code: int) -> str:
    return unicodedata.name(chr(code), "").partition(" ")[0]


_ALL = _lookalikes()
_LOOSE = frozenset("\u0433\u042c")  # Cyrillic ghe and soft sign: only at a glance

LOOKALIKES: dict[int, str] = {
    code: letter
    for code, letter in _ALL.items()
    if _script(code) in _SCRIPTS and chr(code) not in _LOOSE
}
"""Letters of other scripts that cannot be told from the Latin letter."""
ALIKE_AT_A_GLANCE: dict[int, str] = {
    **LOOKALIKES,
    **{ord(c): latin for c, latin in zip("вкмнтгпиьЬεηκτμωβχ", "bkmhtrnubbenktuwbx", strict=True)},
}
"""Also letters that pass for the Latin letter inside a Latin word; chosen by eye."""
LATIN_VARIANTS: dict[int, str] = {
    code: letter for code, letter in _ALL.items() if _script(code) == "LATIN"
}
"""Letters of the Latin script (dotless, phonetic) that look like an ASCII one."""

_NOTATION = frozenset("αβγδεζηθκλμνξπρστφχψω")


def is_notation(word: str) -> bool:
    """Whether a word has small Greek letters among Latin capitals, like ``TGFβ`` in science.

    A disguise keeps to the case of its word. Omicron, iota and upsilon are not used like this.
    """
    latin = [letter for letter in word if letter.isascii()]
    others = [letter for letter in word if not letter.isascii()]
    return bool(latin and others) and all(map(str.isupper, latin)) and _NOTATION.issuperset(others)
