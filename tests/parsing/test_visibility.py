"""What readers do not see is told apart from what they see, and both are kept."""

from __future__ import annotations

import pytest

from detection_stream.parsing.html import read_html
from tests.hostile.inputs import html_mail
from tests.hostile.meter import MAX_CPU_SECONDS, MAX_EXTRA_BYTES, cost_of


@pytest.mark.parametrize(
    "source",
    [
        *(
            f'<div style="{style}">gone</div>'
            for style in (
                "display:none!important",
                "dis/* */play:none;display/**/:none",
                "visibility:collapse",
                "opacity:.01",
                "font:0px/1 serif",
                "max-height:0;overflow:hidden",
                "width:1px;overflow:hidden",
                "text-indent:-9999px",
                "position:absolute;left:-9999px",
                "position:absolute;clip:rect(0,0,0,0)",
                "clip-path:inset(50%)",
                "transform:scale(0)",
                "color:#fefefe",
                "color:rgb(255, 255, 255)",
                "color:rgba(0,0,0,0)",
                "color:transparent",
                "background:#000 none;color:black",
                "mso-hide:all",
                "d\\69 splay:none",
                "font-size:calc(0px)",
                "color:hsl(200,50%,100%)",
                "background:lemonchiffon;color:#fffacd",
                "color:hsla(0deg 100% 50% / 0)",
            )
        ),
        '<font color="white">gone</font>',
        '<x-font color="white">gone</x-font>',
        '<table bgcolor="navy"><td><p style="color:#000080">gone</table>',
        "<style>.a, b{display:none}</style><p class='x A'>gone</p>",
        "<style>p.a{color:#fff}</style><p class=a>gone</p>",
        "<style>@media screen{#a{font-size:0}}</style><p id=a>gone</p>",
        "<style>.o .a{display:none}</style><div class=o><p class=a>gone</p></div>",
        "<details>gone</details>",
        "<style>[data-a='x']{display:none}</style><p data-a=X>gone</p>",
        "<style>p[class^=q]{display:none}</style><p class=q7>gone</p>",
        "<style>.\\71 7{display:none}</style><p class=q7>gone</p>",
    ],
)
def test_not_seen(source: str) -> None:
    page = read_html(f"seen {source}")
    assert (page.text, page.hidden_text, page.hidden_characters) == ("seen", "gone", 4)


@pytest.mark.parametrize(
    "source",
    [
        *(
            f'<div style="{style}">text</div>'
            for style in (
                "background:#000;color:#fff",
                "background:url(x.png);color:#fff",
                "background-image:linear-gradient(red,blue);color:#fff",
                "background:var(--dark);color:#fff",
                "/*display:none*/color:red",
                "height:0",
                "left:-9999px",
                "height:20px;overflow:hidden",
                "color:#ccc",
            )
        ),
        '<table bgcolor="black"><td><font color="white">text</font></table>',
        '<table background="x.png"><td><font color="white">text</font></table>',
        "<body bgcolor=black><font color=white>text</font>",
        '<div style="color:#fff">\u200b<p style="color:#000">text</p></div>',
        '<div style="visibility:hidden"><p style="visibility:visible">text</p></div>',
        "<style>@media print{.a{display:none}} .b{display:none}</style><p class=a>text</p>",
        "<style>.none .a{display:none}</style><p class=a>text</p>",
        "<style>.a:hover{display:none}</style><p class=a>text</p>",
        '<font color="white"><a href="http://example.org"><b>text</b></a></font>',
        "<details open>text</details>",
        "<details><summary>text</summary></details>",
    ],
)
def test_seen(source: str) -> None:
    page = read_html(source)
    assert page.text.strip("\u200b\n") == "text"
    assert page.hidden_text.strip("\u200b") == ""


def test_hidden_letters_do_not_break_a_word() -> None:
    page = read_html('<style>.q{display:none}</style>pass<span class="q">qx</span>word')
    assert (page.text, page.hidden_text) == ("password", "qx")


_FLOODS = {
    "declarations": f'<p style="{"top:0;" * 20_000}">x</p>',
    "comments": f'<p style="{"/*" * 60_000}">x</p>',
    "rules": f"<style>{'.a{color:red}' * 10_000}</style>" + "<p class=a>" * 9_000,
    "depth": '<p style="color:#fff">' + "<i class=a>" * 9_000,
    "hidden": "<b hidden>" * 9_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", _FLOODS)
def test_styles_cost_no_more_than_the_budget(name: str) -> None:
    cost = cost_of(html_mail(_FLOODS[name]))
    assert cost.outcome == "read"
    assert cost.cpu_seconds < MAX_CPU_SECONDS * 5
    assert cost.extra_bytes < MAX_EXTRA_BYTES


def test_what_is_no_name_of_an_element_selects_nothing() -> None:
    for name in ("1p", "\u00b2", "p\u00e9", "-x", "p" * 40, "p)"):
        page = read_html(f"<style>{name} {{display:none}}</style><p>seen</p>")
        assert page.text == "seen"
