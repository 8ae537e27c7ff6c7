"""Text as its readers see it: hidden, disguised, quoted and cut."""

from __future__ import annotations

import pytest

from detection_stream.parsing.rfc5322 import parse_message
from tests.reading.cases import reading

FILLER = "apple river window"
LURES = (
    "quo-control",
    "quo-gt",
    "quo-outlook",
    "txt-cgj-words",
    "txt-fullwidth",
    "txt-homoglyph",
    "txt-nbsp-words",
    "txt-table-letters",
    "txt-zw-words",
    "hid-zerofont-words",
    "hid-rtl",
    "html-noscript",
    "html-textarea",
)


@pytest.mark.parametrize("name", LURES)
def test_lures_are_read(name: str) -> None:
    assert reading(name).has("language_credential")


@pytest.mark.parametrize("name", ["hid-class", "hid-height0", "hid-white", "hid-zerofont"])
def test_hidden_filler_is_no_text(name: str) -> None:
    found = reading(name)
    assert found.has("hidden_text")
    assert FILLER not in found.message.text


def test_padding_pushes_nothing_out() -> None:
    assert reading("hid-longpad").hosts == ["evil-f.example"]
    assert reading("hid-truncverdict").message.truncated
    assert reading("hid-truncverdict").verdict != "safe"


@pytest.mark.parametrize("name", ["txt-cgj-words", "txt-zw-words"])
def test_invisible_letters_are_a_trick_among_latin_ones(name: str) -> None:
    assert reading(name).has("zero_width")


@pytest.mark.parametrize("name", ["addr-name-fullwidth", "addr-name-math", "addr-name-zw"])
def test_brands_in_other_letters(name: str) -> None:
    assert reading(name).has("display_name_brand")


def test_a_brand_in_lookalikes() -> None:
    assert reading("addr-name-hom").has("display_name_confusable")


def test_a_page_with_nul_characters() -> None:
    found = reading("html-xss-nul")
    assert set(found.hosts) == {"evil-x.example"}
    assert "Verify your account" in found.message.text


@pytest.mark.parametrize(
    "html",
    [
        "<bdo dir=rtl>tnuocca</bdo>",
        "<span style='unicode-bidi: bidi-override; direction: rtl'>tnuocca</span>",
        "<span dir=RTL style='unicode-bidi:isolate-override'>tnuocca</span>",
        "<style>.r{direction:rtl;unicode-bidi:bidi-override}</style><span class=r>tnuocca</span>",
        "<bdo dir=rtl>tnu<b>occa</b></bdo>",
        "<bdo dir=rtl>tn<bdo dir=rtl>uoc</bdo>ca</bdo>",
        "\u202etnuocca\u202c",
    ],
)
def test_reversed_text_is_marked(html: str) -> None:
    message = parse_message(b"Content-Type: text/html; charset=utf-8\n\n<p>" + html.encode())
    assert message.text == "\u202etnuocca\u202c"


def test_reversed_text_is_marked_in_each_line() -> None:
    html = "<div dir=rtl style='unicode-bidi:bidi-override'>yfirev<p>ruoy</p>tnuocca</div>next"
    message = parse_message(b"Content-Type: text/html\n\n" + html.encode())
    assert message.text == "\u202eyfirev\u202c\n\u202eruoy\u202c\n\u202etnuocca\u202c\nnext"


@pytest.mark.parametrize(
    "html",
    [
        "<p dir=rtl>שלום account</p>",
        "<p style='direction:rtl;unicode-bidi:embed'>שלום account</p>",
        "<bdo dir=ltr>שלום account</bdo>",
    ],
)
def test_writing_from_right_to_left_is_not_reversed(html: str) -> None:
    message = parse_message(b"Content-Type: text/html; charset=utf-8\n\n" + html.encode())
    assert message.text == "שלום account"


LURE = "Your mailbox is suspended. Verify your account: https://login.evil.example/v"


@pytest.mark.parametrize(
    "html",
    [
        f"<!--[if mso]><p>{LURE}</p><![endif]--><p>FYI</p>",
        f"<p>FYI</p><blockquote type=cite>{LURE}</blockquote>",
        f"<p>FYI</p><p>-----Original Message-----<br>From: IT<br>Sent: now</p><p>{LURE}</p>",
        f"<textarea rows=9 readonly>{LURE}</textarea>",
        f"<p>FYI</p><noscript>{LURE}</noscript>",
        f"<p>FYI</p><button>{LURE}</button>",
    ],
)
def test_a_lure_and_its_link_are_read_wherever_they_stand(html: str) -> None:
    message = parse_message(b"Content-Type: text/html\n\n" + html.encode())
    assert "Verify your account" in message.text + message.quoted + message.attached_text
    assert any(link.host == "login.evil.example" for link in message.links)
