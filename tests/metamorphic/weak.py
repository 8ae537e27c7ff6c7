"""Transformations that still hide attacks, by the reason. The list only shrinks."""

from __future__ import annotations

_WEAK: dict[str, tuple[str, ...]] = {
    "a person's answer exempts what asks for money or credentials": ("answered",),
    "words are matched as they are spelled": (
        "zero_width",
        "zero_width_everywhere",
        "soft_hyphens",
        "invisible_letters",
        "combining_marks",
        "homoglyphs",
        "one_homoglyph",
        "greek_letters",
        "full_width",
        "mathematical_letters",
        "marks_of_direction",
        "written_backwards",
        "spaced_letters",
        "split_words",
        "dotted_words",
        "invisible_entities",
        "text_together",
        "all_together",
    ),
    "text outside of the first text part, or behind quote marks, is not looked at": (
        "quote_marks",
        "below_attribution",
        "below_original_message",
        "html_quote",
        "attached_message",
        "text_attachment",
        "html_attachment",
        "undeclared_attachment",
        "padding_before",
        "harmless_html_beside",
        "other_subtype",
    ),
    "charset, encoding or type is read otherwise than by mail programs": (
        "in_utf_16",
        "second_content_type_above",
    ),
}

WEAK: dict[str, str] = {name: reason for reason, names in _WEAK.items() for name in names}
"""The reason of each."""
