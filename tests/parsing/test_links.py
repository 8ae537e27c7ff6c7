import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.parsing.hosts import host_of
from detection_stream.parsing.links import clean_url, find_urls


def test_urls_in_text() -> None:
    text = (
        "See http://a.example/x, (https://b.example/y?z=1) <HTTP://C.example> www.d.example. "
        "http://www.e.example/www.f http://a.example/x xwww.no.example ftp://no.example ://"
    )
    assert find_urls(text) == [
        "http://a.example/x",
        "https://b.example/y?z=1",
        "HTTP://C.example",
        "www.d.example",
        "http://www.e.example/www.f",
    ]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Shop.Example:8443/a", "shop.example"),
        ("https://bank.example@evil.example/", "evil.example"),
        ("https://bank.example%40x@evil.example?@bank.example", "evil.example"),
        ("https:\\\\evil.example\\@bank.example", "evil.example"),
        ("https:/evil.example", "evil.example"),
        ("https:evil.example", "evil.example"),
        ("//evil.example#a", "evil.example"),
        ("www.evil.example/a", "www.evil.example"),
        ("http://%65vil.example", "evil.example"),
        ("http://\uff45vil\u3002example./", "evil.example"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("http://", ""),
        ("http://[", ""),
        ("mailto:a@b.example", ""),
        ("javascript://evil.example/%0aalert(1)", ""),
        ("tel:+49", ""),
        ("/path", ""),
        ("", ""),
    ],
)
def test_hosts(url: str, host: str) -> None:
    assert host_of(url) == host


def test_browsers_ignore_breaks_in_urls() -> None:
    assert clean_url(" \x01ht\ttp://a.\r\nexample ") == "http://a.example"


@given(st.text(max_size=100), st.sampled_from(["", "http://", "https:", "//", "http://a@["]))
def test_never_raises(rest: str, start: str) -> None:
    assert "/" not in host_of(start + rest) or "%" in rest or not rest.isascii()
    find_urls(start + rest)
