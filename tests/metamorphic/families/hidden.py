"""Harmless text that a reader does not see, and letters that a reader does not see."""

from __future__ import annotations

from html import escape

from tests.metamorphic.attack import Attack, Change
from tests.metamorphic.content import at_end, at_start, content_of, filler, showing, words_in_html
from tests.metamorphic.mail import Mail
from tests.metamorphic.registry import register

_LONG = 30_000
"""Characters of filler: more than are searched for phrases."""

_WAYS = {
    "white_on_white": ("", '<div style="color:#fff;background-color:#ffffff">{}</div>'),
    "size_0": ("", '<div style="font-size:0px;line-height:0">{}</div>'),
    "tiny": ("", '<div style="font-size:0.1px">{}</div>'),
    "font_size_attribute": ("", '<font size="0" color="white">{}</font>'),
    "display_none": ("", '<div style="display: none !important">{}</div>'),
    "visibility": ("", '<div style="visibility:hidden;max-height:0">{}</div>'),
    "hidden_attribute": ("", "<div hidden>{}</div>"),
    "class_rule": ("<style>.q7{{display:none}}</style>", '<div class="q7">{}</div>'),
    "id_rule": ("<style>#q7, .z{{ font-size:0 }}</style>", '<div id="q7">{}</div>'),
    "clipped": ("", '<div style="height:0;width:0;overflow:hidden">{}</div>'),
    "off_screen": ("", '<div style="position:absolute;left:-9999px">{}</div>'),
    "transparent": ("", '<div style="opacity:0;height:1px;overflow:hidden">{}</div>'),
    "outlook_hidden": ("", '<div style="mso-hide:all;display:none">{}</div>'),
    "conditional_comment": ("", "<!--[if gte mso 99]><div>{}</div><![endif]-->"),
    "attribute_rule": ("<style>[class^=q]{{display:none}}</style>", '<div class="q7">{}</div>'),
    "escaped_style": ("", '<div style="d\\69 splay:none">{}</div>'),
    "named_colour": (
        "",
        '<div style="background:lemonchiffon"><i style="color:#fffacd">{}</i></div>',
    ),
    "closed_details": ("", "<details><summary></summary>{}</details>"),
}


def _filled(rule: str, element: str, *, before: bool) -> Change:
    def change(attack: Attack) -> Mail:
        html = content_of(attack.mail).as_html
        more = rule.format() + element.format(escape(" ".join(filler(_LONG))))
        return showing(attack, html=at_start(html, more) if before else at_end(html, more))

    return change


def _in_words(rule: str, element: str) -> Change:
    inline = element.replace("<div", "<span").replace("</div", "</span")

    def change(attack: Attack) -> Mail:
        html = at_start(content_of(attack.mail).as_html, rule.format())
        hidden = inline.format("qx")
        return showing(
            attack, html=words_in_html(html, lambda word: f"{word[:2]}{hidden}{word[2:]}")
        )

    return change


for _name, _way in _WAYS.items():
    register(f"filler_{_name}", f"30 KB of hidden text before the HTML ({_name})")(
        _filled(*_way, before=True)
    )
register("filler_after", "30 KB of hidden text after the HTML (display_none)")(
    _filled(*_WAYS["display_none"], before=False)
)
for _name in (
    "size_0",
    "display_none",
    "class_rule",
    "white_on_white",
    "attribute_rule",
    "escaped_style",
    "outlook_hidden",
):
    register(f"letters_{_name}", f"hidden letters within each word ({_name})")(
        _in_words(*_WAYS[_name])
    )
