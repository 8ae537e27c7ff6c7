"""Links as mail programs make them and browsers read them."""

from __future__ import annotations

import base64
from html import escape

import pytest

from detection_stream.parsing.hosts import host_of
from detection_stream.parsing.html import read_html
from detection_stream.parsing.links import find_urls
from detection_stream.parsing.redirectors import destinations
from detection_stream.parsing.rfc5322 import parse_message
from tests.reading.cases import reading

HOSTS = {
    "url-amp-sp": ["www.dom-f.example&sp"],
    "url-backslash": ["evil-f.example", "evil2-f.example"],
    "url-base-split": ["evil-f.example"],
    "url-cjk": ["login-f.example", "other-f.example"],
    "url-entity": ["bad-f.example", "bad2.example"],
    "url-form-button": ["evil-f.example"],
    "url-href-noscheme": ["bad-f.example"],
    "url-hxxp": ["evil-f.com"],
    "url-leading-space": ["irr-f.example"],
    "url-meta-refresh": ["evil-f.example"],
    "url-mso-comment": ["evil-f.example"],
    "url-qp-soft": ["login-f.example"],
    "url-query-target": ["www.google.com", "login-portal.evil-f.example"],
    "url-text-noscheme": ["secure-login.evil-f.com"],
    "url-untagged-html": ["evil-f.example"],
    "url-vml": ["evil-f.example"],
}


@pytest.mark.parametrize("name", HOSTS)
def test_hosts(name: str) -> None:
    assert reading(name).hosts == HOSTS[name]


@pytest.mark.parametrize("name", ["url-decimal-ip", "url-hex-ip"])
def test_numbers_are_addresses(name: str) -> None:
    assert reading(name).has("link_ip_host")


@pytest.mark.parametrize(
    "name", ["url-shown-homoglyph", "url-shown-nested", "url-shown-spaces", "url-unquoted"]
)
def test_the_shown_host_is_another(name: str) -> None:
    assert reading(name).has("link_display_mismatch")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Go to hxxp://evil.com/x.", ["http://evil.com/x"]),
        ("hxxps[:]//evil[.]com/x", ["https://evil.com/x"]),
        ("https://evil(.)com", ["https://evil.com"]),
        ("evil [dot] com/login", ["evil.com/login"]),
        ("http ://evil.com/x", ["http://evil.com/x"]),
        ("https:// evil.com/x", ["https://evil.com/x"]),
        ("https:\\\\evil.com\\x", ["https://evil.com\\x"]),
        ("hXXp : // evil[.]com", ["http://evil.com"]),
        ("www . evil . com/verify today", ["www.evil.com/verify"]),
        ("The end of https://a.example . The next", ["https://a.example"]),
        ("访问evil.com/x吧", ["evil.com/x"]),
        ("请到login.evil.com谢谢", ["login.evil.com"]),
        ("ที่evil.com/xและ", ["evil.com/xและ"]),
        ("http://\uff45vil\u3002com/x", ["http://\uff45vil\u3002com/x"]),
        ("http://evil\u3002com/x", ["http://evil\u3002com/x"]),
        ("http://evil.example\u3002谢谢", ["http://evil.example"]),
        ("https://evil.example\uff0c谢谢", ["https://evil.example"]),
        ("点https://a.example/b完成", ["https://a.example/b"]),
        ("«https://a.example/b»", ["https://a.example/b"]),
        ("\uff08https://a.example/b\uff09", ["https://a.example/b"]),
        ("https://a.example/äöü", ["https://a.example/äöü"]),
        ("http://例子.中国/a", ["http://例子.中国/a"]),
        ("at login.evil.com, now", ["login.evil.com"]),
        ("(pay.evil.co.uk/x)", ["pay.evil.co.uk/x"]),
        ("HTTPS://A.EXAMPLE/B", ["HTTPS://A.EXAMPLE/B"]),
    ],
)
def test_urls_of_a_text(text: str, expected: list[str]) -> None:
    assert find_urls(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "See README.md, main.py and foo.sh in drivers/net.",
        "That is all.It was e.g. version 1.0/2.0 of asp.net",
        "ann@mail.example.com wrote to bob@x.co.uk/y",
        "linux/arch.c and a/b.com/c",
        "sed 's/[.]//' x[.]y",
        "obj.method().other and os.path",
        "call self.state.info or node.data.link",
        "setup.sh/install and README.md/part",
        "münchen.de/x",
    ],
)
def test_what_is_no_url(text: str) -> None:
    assert find_urls(text) == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://3232235777/", "192.168.1.1"),
        ("http://0xC0.0xA8.1.1/", "192.168.1.1"),
        ("http://0300.0250.1.1/", "192.168.1.1"),
        ("http://192.168.257/", "192.168.1.1"),
        ("http://0x7f.1", "127.0.0.1"),
        ("http://256.1.1.1/", "256.1.1.1"),
        ("http://1.2.3.4.example/", "1.2.3.4.example"),
        ("http://[::1]:80/", "::1"),
        ("http://u:p@evil.example:80/", "evil.example"),
        ("http://bank.example\\@evil.example/", "bank.example"),
        ("http://%65vil.example/", "evil.example"),
        ("http://evil。example/", "evil.example"),
        ("http://\uff45vil.example/", "evil.example"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("https:evil.example/", "evil.example"),
        ("evil.example/login", "evil.example"),
        ("page.html", ""),
        ("images/logo.png", ""),
        ("/path", ""),
        ("mailto:a@b.example", ""),
        ("javascript:location='//x'", ""),
    ],
)
def test_hosts_of_urls(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    "element",
    [
        "<a href='{}'>x</a>",
        "<map><area href='{}'></map>",
        "<form action='{}'><input></form>",
        "<form><button formaction='{}'>x</button></form>",
        "<form><input type=image formaction='{}'></form>",
        "<iframe src='{}'></iframe>",
        "<object data='{}'></object>",
        "<embed src='{}'>",
        "<meta http-equiv=Refresh content='3;URL={}'>",
        "<svg><a xlink:href='{}'><text>x</text></a></svg>",
        "<v:rect href='{}'>x</v:rect>",
        "<!--[if mso]><v:roundrect href='{}'>x</v:roundrect><![endif]-->",
        "<!--[if gte mso 9]><a href='{}'>x</a><![endif]-->",
        "<textarea>see {}</textarea>",
        "<noscript><a href='{}'>x</a></noscript>",
    ],
)
def test_elements_that_lead_somewhere(element: str) -> None:
    html = f"<p>Hello</p>{element.format('https://evil.example/x')}"
    message = parse_message(b"Content-Type: text/html\n\n" + html.encode())
    assert [link.host for link in message.links] == ["evil.example"]


def test_a_page_of_frames_leads_to_them() -> None:
    page = read_html("<frameset><frame src='https://evil.example/x'></frameset>")
    assert [link.host for link in page.links] == ["evil.example"]


def test_style_sheets_and_bases_are_no_links() -> None:
    page = read_html("<link rel=stylesheet href=https://a.example><base href=https://b.example/>x")
    assert page.links == []


def test_text_for_one_program_is_read_once() -> None:
    page = read_html(
        "<p>Pay now</p><!--[if mso]><p>Pay now</p><p>Verify your account</p><![endif]-->"
        "<!--[if !mso]><!--><p>Shown</p><!--<![endif]-->"
    )
    assert page.text == "Pay now\nShown"
    assert page.conditional_text == "Verify your account"


@pytest.mark.parametrize(
    "wrapped",
    [
        "https://www.google.com/url?q=https%3A%2F%2Fevil.example%2Fx&sa=D",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2Fx&data=1",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.example_x&d=Dw",
        "https://urldefense.com/v3/__https://evil.example/x__;!!abc$",
        "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fevil.example%2fx&c=E",
        "https://secure-web.cisco.com/1abc/https%3A%2F%2Fevil.example%2Fx",
        "https://us.protection.sophos.com/?d=evil.example&u="
        + base64.urlsafe_b64encode(b"https://evil.example/x").decode().rstrip("="),
        "https://a.example/r?u=https%253A%252F%252Fevil.example%252Fx",
        "https://a.example/https://evil.example/x",
        "https://www.bing.com/ck/a?u=a1aHR0cHM6Ly9ldmlsLmV4YW1wbGUveA&ntb=1",
        "https://a.example/r/aHR0cHM6Ly9ldmlsLmV4YW1wbGUveA",
        "https://urldefense.com/v3/__https:/evil.example/x__;!!abc$",
    ],
)
def test_redirectors(wrapped: str) -> None:
    assert destinations(wrapped) == ["https://evil.example/x"]


def test_redirectors_within_one_another() -> None:
    url = "https://a.example/?u=https%3A%2F%2Fb.example%2F%3Fu%3Dhttps%253A%252F%252Fc.example"
    assert [host_of(one) for one in destinations(url)] == ["b.example", "c.example"]


def test_a_link_that_a_gateway_has_rewritten_is_the_senders() -> None:
    url = "https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Fbank.example%2F&data=1"
    html = f"<a href='{escape(url)}'>bank.example</a>"
    message = parse_message(b"Content-Type: text/html\n\n" + html.encode())
    assert [(link.host, link.text) for link in message.links] == [("bank.example", "bank.example")]


@pytest.mark.parametrize(
    ("wrapped", "host"),
    [
        ("https://a.example/r?to=//evil.example/x", "evil.example"),
        ("https://a.example/r?to=%2F%2Fevil.example/x", "evil.example"),
        ("https://www.google.com/amp/s/evil.com/x", "evil.com"),
        ("https://www.google.com/url?q=evil.com/x", "evil.com"),
        ("https://protect-us.mimecast.com/s/abc?domain=evil.example", "evil.example"),
    ],
)
def test_redirectors_that_tell_the_host(wrapped: str, host: str) -> None:
    assert list(map(host_of, destinations(wrapped))) == [host]


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/?q=1",
        "https://a.example/?next=http://",
        "https://a.example/?q=evil.com",
        "https://www.google.com/search?q=readme.txt",
        "https://a.example/login?next=/home",
        "javascript:location='https://a.example'",
        "data:text/html,https://a.example",
        "mailto:x@a.example?body=https://b.example",
        "",
    ],
)
def test_what_is_no_redirector(url: str) -> None:
    assert destinations(url) == []
