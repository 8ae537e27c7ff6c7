"""What is looked for first only saves work: results are those of looking for everything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from detection_stream.parsing import html, html_words, links
from detection_stream.parsing.html import read_html
from detection_stream.parsing.links import find_urls
from detection_stream.parsing.quick_search import Marks

_ALL_WORDS = frozenset(html_words._MARKS._names)
_ALL_MARKS = frozenset(links._MARKS._names)
_NAMES = (
    *("p", "DIV", "br", "td", "table", "li", "a", "area", "link", "base", "form", "input", "img"),
    *("image", "iframe", "frame", "embed", "object", "param", "style", "script", "title", "svg"),
    *("font", "x-font", "details", "summary", "bdo", "button", "v:rect", "meta", "body", "head"),
)
_ATTRIBUTES = (
    *(
        "",
        " href=http://a.example/",
        ' HREF="/x"',
        " action=/y",
        " formaction=z",
        " src=//b.example",
    ),
    *(" style='display:none'", " hidden", " bgcolor=red color=red", " data=d", " dir=rtl"),
    *(" http-equiv=refresh content='0;url=http://c.example'", " type=password", " class=c"),
    ' style="unicode-bidi:bidi-override;direction:rtl"',
)
_PIECES = st.one_of(
    st.tuples(st.sampled_from(_NAMES), st.sampled_from(_ATTRIBUTES)).map("<{0[0]}{0[1]}>".format),
    st.sampled_from(_NAMES).map("</{}>".format),
    st.sampled_from(
        (
            *(
                "text ",
                "href ",
                "<",
                ">",
                "<p",
                "é",
                "<!--[if mso]>",
                "<![endif]-->",
                "<!--",
                "-->",
            ),
            *(".c{display:none}", "a.example/x ", "<a<p href=/q>"),
        )
    ),
)
_WRITTEN = st.sampled_from(
    (
        *("http://", "HTTPS://", "hxxp://", "h**ps://", "http : //", "http:// ", "www.", "WWW."),
        *("Www.", "a", "example", ".", "[.]", " (dot) ", "{.}", " . ", "com", "/x", ":8080/", " "),
        *("\n", "é", "@", "-", "[:]", "login."),
    )
)


@given(st.lists(_PIECES, max_size=25).map("".join))
def test_pages_read_the_same_whatever_is_looked_for_first(source: str) -> None:
    found = read_html(source)
    with patch.object(html, "words_of", lambda _: _ALL_WORDS):
        assert read_html(source) == found


@given(st.lists(_WRITTEN, max_size=20).map("".join))
def test_urls_are_the_same_whatever_is_looked_for_first(text: str) -> None:
    found = find_urls(text)
    with patch.object(Marks, "within", lambda *_: _ALL_MARKS):
        assert find_urls(text) == found


def test_threads_may_search_at_once() -> None:
    marks = Marks({"one": "a+b", "two": "c"})
    texts = ["x" * 50_000 + end for end in ("aab", "C", "none")] * 200
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(marks.within, texts))
    assert found == [{"one"}, {"two"}, frozenset()] * 200
