from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.parsing import limits
from detection_stream.parsing.html import read_html


def test_blocks_break_lines_and_inline_elements_do_not() -> None:
    page = read_html("<div>one <b>t</b>wo</div>three<p>four<br>five</p>\n six\n seven")
    assert page.text == "one two\nthree\nfour\nfive\nsix seven"


def test_cells_do_not_run_together() -> None:
    assert read_html("<table><tr><td>a</td><td>b</td></tr></table>").text == "a\nb"


def test_scripts_styles_head_and_comments_are_not_text() -> None:
    page = read_html(
        "<head><title>t</title><style>s</style></head><body><style>u</style>"
        "<script>v</script><!-- c -->shown &amp; decoded</body>"
    )
    assert page.text == "shown & decoded"
    assert page.hidden_characters == 0


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : None",
        "color:red; display/**/:none !important",
        "visibility:hidden",
        "font-size:0",
        "font-size: 0px",
        "font-size:1px",
        "font-size:.5pt",
        "opacity:0",
        "opacity: 0.0;",
    ],
)
def test_hidden_by_inline_style(style: str) -> None:
    page = read_html(f'<p>seen<span style="{style}">not <i>so</i></span></p>')
    assert (page.text, page.hidden_characters) == ("seen", 5)


@pytest.mark.parametrize(
    "style",
    [
        "font-size:10px",
        "font-size:1em",
        "font-size:0.9em",
        "opacity:0.5",
        "stop-opacity:0",
        "color:none",
    ],
)
def test_not_hidden(style: str) -> None:
    page = read_html(f'<p style="{style}">seen</p>')
    assert (page.text, page.hidden_characters) == ("seen", 0)


def test_text_set_back_to_a_normal_size_is_seen() -> None:
    page = read_html('<div style="font-size:0">gone<p style="font-size:13px">seen</p></div>')
    assert (page.text, page.hidden_characters) == ("seen", 4)


def test_nested_hidden_elements_count_once() -> None:
    page = read_html(
        '<div style="display:none">a<p style="display:none">b</p></div><p hidden>c</p>'
    )
    assert (page.text, page.hidden_characters) == ("", 3)


def test_hidden_body_is_survived() -> None:
    assert read_html('<body style="display:none" hidden>text').text == "text"


def test_links_of_all_kinds() -> None:
    page = read_html(
        '<a href="https://Evil.example/x"> the <b>bank</b>\n site</a><area href="//map.example">'
        '<form action="http://form.example/post"></form><a href="#top">up</a><a>no</a>'
        '<a href="ht\ntps://split.example">s</a><a href="mailto:a@b.example">m</a>'
    )
    assert [(link.url, link.host, link.text) for link in page.links] == [
        ("https://Evil.example/x", "evil.example", "the bank site"),
        ("//map.example", "map.example", ""),
        ("http://form.example/post", "form.example", ""),
        ("https://split.example", "split.example", "s"),
        ("mailto:a@b.example", "", "m"),
    ]


def test_base_is_applied() -> None:
    page = read_html('<base href="https://evil.example/d/"><a href="login">x</a>')
    assert page.links[0].host == "evil.example"
    broken = read_html('<base href="http://[bad"><a href="login">x</a>')
    assert broken.links[0].url == "login"


def test_counts() -> None:
    page = read_html(
        '<form><input type=PASSWORD><input type=text></form><form></form><img src="http://a/b">'
        '<img src="//a/c"><img src="cid:1"><img src="data:image/png;base64,AA">'
    )
    assert (page.forms, page.password_fields, page.remote_images) == (2, 1, 2)


def test_padding_before_the_text_is_no_way_out() -> None:
    padding = (
        "<!--"
        + "x" * limits.MAX_HTML_LENGTH
        + "--><style>"
        + "y" * limits.MAX_HTML_LENGTH
        + "</style>"
    )
    page = read_html(padding + "<p>pay now</p>")
    assert (page.text, page.truncated) == ("pay now", ())


def test_caps() -> None:
    assert read_html("x" * (limits.MAX_HTML_LENGTH + 1)).truncated == ("html-length",)
    page = read_html("<br>" * limits.MAX_HTML_TAGS + "<p>late")
    assert page.truncated == ("html-tags",)
    assert page.text.endswith("late")


@pytest.mark.parametrize("begin", ["<a title='", '<p class="', "<p id=", "<script>", "<textarea>"])
def test_what_is_cut_out_swallows_nothing_after_it(begin: str) -> None:
    padding = "<i>word</i> " * (limits.MAX_HTML_LENGTH // 10)
    page = read_html(f"{begin}{padding}<p>pay now</p>")
    assert page.truncated
    assert page.text.endswith("pay now")


_PIECES = (
    "<div style='display:none'>,</div>,<table>,<td hidden>,<a href='http://[x'>,<frameset>,text,"
    "<p style='font-size:0'>,<b style='font-size:9px'>,</b>,<body hidden>,\x00,<template>,<svg>,"
    "<script>,</script>,&#xd800;,<!--"
)


@given(st.lists(st.sampled_from(_PIECES.split(",")), max_size=30))
def test_never_raises(pieces: list[str]) -> None:
    page = read_html("".join(pieces))
    page.text.encode()
    assert page.hidden_characters >= 0


def test_conditional_comments_without_an_end_cost_little() -> None:
    started = process_time()
    read_html("<!--[if mso]>" * 9_000)
    assert process_time() - started < 1
