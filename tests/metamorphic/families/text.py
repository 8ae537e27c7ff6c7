"""Words that read the same and are spelled otherwise."""

from __future__ import annotations

from tests.metamorphic.attack import Attack
from tests.metamorphic.content import content_of, reworded, showing, words_in_html
from tests.metamorphic.mail import Mail
from tests.metamorphic.registry import transformation

_HOMOGLYPHS = str.maketrans("aceiopsxyjABCEHIKMOPTX", "асеіорѕхујАВСЕНІКМОРТХ")  # noqa: RUF001 - the point
_GREEK = str.maketrans("ovABEHIKMNOPTXYZ", "ονΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")  # noqa: RUF001 - the point


def _middle(word: str, mark: str) -> str:
    half = len(word) // 2
    return f"{word[:half]}{mark}{word[half:]}"


def _shifted(word: str, lower: int, upper: int) -> str:
    return "".join(
        chr(lower + ord(one) - ord("a"))
        if "a" <= one <= "z"
        else chr(upper + ord(one) - ord("A"))
        if "A" <= one <= "Z"
        else one
        for one in word
    )


@transformation
def zero_width(attack: Attack) -> Mail:
    """A zero-width space in each word."""
    return reworded(attack, lambda word: _middle(word, "\u200b"))


@transformation
def zero_width_everywhere(attack: Attack) -> Mail:
    """A zero-width joiner between any two letters."""
    return reworded(attack, "\u200d".join)


@transformation
def soft_hyphens(attack: Attack) -> Mail:
    """A soft hyphen in each word."""
    return reworded(attack, lambda word: _middle(word, "\u00ad"))


@transformation
def invisible_letters(attack: Attack) -> Mail:
    """A combining grapheme joiner, a variation selector or a tag in each word."""
    marks = "\u034f\ufe0f\U000e0061\u2063\u17b4\u115f"
    return reworded(attack, lambda word: _middle(word, marks[len(word) % len(marks)]))


@transformation
def combining_marks(attack: Attack) -> Mail:
    """A combining dot below a letter of each word."""
    return reworded(attack, lambda word: _middle(word, "\u0323"))


@transformation
def homoglyphs(attack: Attack) -> Mail:
    """Cyrillic letters that look like Latin ones."""
    return reworded(attack, lambda word: word.translate(_HOMOGLYPHS))


@transformation
def one_homoglyph(attack: Attack) -> Mail:
    """One Cyrillic letter in each word."""

    def change(word: str) -> str:
        for letter in word:
            if letter in "aeiocp":
                return word.replace(letter, letter.translate(_HOMOGLYPHS), 1)
        return word

    return reworded(attack, change)


@transformation
def greek_letters(attack: Attack) -> Mail:
    """Greek letters that look like Latin ones."""
    return reworded(attack, lambda word: word.translate(_GREEK))


@transformation
def full_width(attack: Attack) -> Mail:
    """Full-width letters."""
    return reworded(attack, lambda word: _shifted(word, 0xFF41, 0xFF21))


@transformation
def mathematical_letters(attack: Attack) -> Mail:
    """Mathematical sans-serif letters."""
    return reworded(attack, lambda word: _shifted(word, 0x1D5BA, 0x1D5A0))


@transformation
def marks_of_direction(attack: Attack) -> Mail:
    """A left-to-right mark in each word."""
    return reworded(attack, lambda word: _middle(word, "\u200e"))


@transformation
def written_backwards(attack: Attack) -> Mail:
    """Each word backwards between a right-to-left override and its end."""
    return reworded(attack, lambda word: f"\u202e{word[::-1]}\u202c")


@transformation
def spaced_letters(attack: Attack) -> Mail:
    """Longer words with spaces between their letters."""
    return reworded(attack, lambda word: " ".join(word) if len(word) > 5 else word)


@transformation
def split_words(attack: Attack) -> Mail:
    """Longer words with a narrow space in the middle."""
    return reworded(attack, lambda word: _middle(word, "\u200a") if len(word) > 5 else word)


@transformation
def dotted_words(attack: Attack) -> Mail:
    """Longer words with a dot between their letters."""
    return reworded(attack, lambda word: ".".join(word) if len(word) > 5 else word)


@transformation
def no_break_spaces(attack: Attack) -> Mail:
    """No-break spaces and line breaks in place of spaces."""
    content = content_of(attack.mail)
    html = words_in_html(content.html, lambda word: word).replace("\n", " ")
    return showing(
        attack,
        plain=content.plain.replace(" ", "\u00a0"),
        html=html and _spaces_in_html(html),
    )


def _spaces_in_html(html: str) -> str:
    pieces = html.split("<")
    return "<".join(
        [pieces[0]]
        + [
            f"{tag}>{text.replace(' ', '&nbsp;')}"
            for tag, _, text in (piece.partition(">") for piece in pieces[1:])
        ]
    )


@transformation
def entities(attack: Attack) -> Mail:
    """HTML alone, each letter an entity."""
    html = content_of(attack.mail).as_html
    coded = words_in_html(html, lambda word: "".join(f"&#{ord(one)};" for one in word))
    return showing(attack, html=coded)


@transformation
def invisible_entities(attack: Attack) -> Mail:
    """HTML alone, with entities of invisible letters in each word."""
    html = content_of(attack.mail).as_html
    return showing(
        attack, html=words_in_html(html, lambda word: _middle(word, "&shy;&zwnj;&#8203;"))
    )


@transformation
def empty_tags(attack: Attack) -> Mail:
    """HTML alone, with an empty element in each word."""
    html = content_of(attack.mail).as_html
    return showing(attack, html=words_in_html(html, lambda word: _middle(word, "<b></b>")))


@transformation
def comments_in_words(attack: Attack) -> Mail:
    """HTML alone, with a comment in each word."""
    html = content_of(attack.mail).as_html
    return showing(attack, html=words_in_html(html, lambda word: _middle(word, "<!-- x -->")))


@transformation
def each_letter_in_a_tag(attack: Attack) -> Mail:
    """HTML alone, each letter in an element of its own."""
    html = content_of(attack.mail).as_html
    return showing(
        attack,
        html=words_in_html(html, lambda word: "".join(f"<span>{one}</span>" for one in word)),
    )


@transformation
def break_opportunities(attack: Attack) -> Mail:
    """HTML alone, with <wbr> in each word."""
    html = content_of(attack.mail).as_html
    return showing(attack, html=words_in_html(html, lambda word: _middle(word, "<wbr>")))
