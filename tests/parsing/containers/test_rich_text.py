"""Text and pages in RTF, plain and compressed."""

from __future__ import annotations

import struct

import pytest

from detection_stream.parsing import limits, parse_message
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.containers.rich_text import add_rich_text
from tests.parsing.containers.samples import (
    attached,
    attribute,
    binary_property,
    compound,
    properties,
    text_stream,
    tnef,
)

PLAIN = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator x;}\pard Please\par b\'fcy "
    rb"\{gift\} cards\tab \u8364?5 {\field{\*\fldinst HYPERLINK "
    rb'"https://evil.example/x"}{\fldrslt here}}\line end}'
)
SHOWN = 'Please\nb\u00fcy {gift} cards\t\u20ac5 HYPERLINK "https://evil.example/x"here\nend'
PAGE = (
    rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Please sign in: "
    rb'{\*\htmltag84 <a href="https://evil.example/x">}\htmlrtf \ul\htmlrtf0 here'
    rb"{\*\htmltag92 </a>}\htmlrtf not shown}\htmlrtf0 {\*\htmltag72 </p>}}"
)


def literal(source: bytes) -> bytes:
    """LZFu without references."""
    packed = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    return struct.pack("<II4sI", len(packed) + 12, len(source), b"LZFu", 0) + packed


def shown(source: bytes) -> Opened:
    return add_rich_text(Opened(), source, 10**9)


def test_text_and_addresses_are_read() -> None:
    assert shown(PLAIN).texts == [SHOWN]


def test_a_page_comes_out_as_it_went_in() -> None:
    found = shown(PAGE)
    assert found.texts == []
    assert found.htmls == ['<p>Please sign in: <a href="https://evil.example/x">here</a></p>']


def test_stored_and_compressed_text_is_read() -> None:
    stored = struct.pack("<II4sI", len(PLAIN) + 12, len(PLAIN), b"MELA", 0) + PLAIN
    assert shown(stored).texts == shown(literal(PLAIN)).texts == [SHOWN]


def test_references_repeat_what_was_before() -> None:
    # The example of MS-OXRTFCP for text that crosses itself.
    packed = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert shown(packed).texts == ["WXYZ" * 5]


@pytest.mark.parametrize("size", range(0, 120, 7))
def test_broken_text_ends_where_it_breaks(size: int) -> None:
    for source in (PLAIN, PAGE, literal(PLAIN)):
        shown(source[:size])
        shown(source[:size] + b"\xff\\u-99999999 \\'" + source[size:])


def test_what_is_over_the_cap_is_told() -> None:
    found = add_rich_text(Opened(), b"{\\rtf1 " + b"a" * 1_000, 500 * limits.RICH_TEXT_COST)
    assert found.truncated == ["enclosed-bytes"]
    assert len(found.texts[0]) == 500 - len(b"{\\rtf1 ")


def test_bodies_in_rich_text_alone_are_read() -> None:
    body = literal(PLAIN)
    rich = tnef(attribute(1, 0x00069003, properties(binary_property(0x1009, body))))
    outlook = compound(text_stream(0x0037, "Hello") | {"__substg1.0_10090102": body})
    for content, name in ((rich, "winmail.dat"), (outlook, "a.msg"), (PLAIN, "a.rtf")):
        message = parse_message(attached(content, "application/octet-stream", name))
        assert "https://evil.example/x" in [link.url for link in message.links]
        assert "gift" in message.attached_text
