import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.model.message import Address
from detection_stream.parsing import parse_message
from detection_stream.parsing.addresses import parse_addresses


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.example", [("", "a@b.example")]),
        ("A@B.Example, <c@d.example>", [("", "a@b.example"), ("", "c@d.example")]),
        ('"Last,  First" <x@y.example>', [("Last, First", "x@y.example")]),
        ("'Ann' <x@y.example>", [("Ann", "x@y.example")]),
        ("=?utf-8?q?J=C3=B6rg?= <x@y.example>", [("Jörg", "x@y.example")]),
        ("=?utf-8?q?a=40b=2C_?= <x@y.example>", [("a@b,", "x@y.example")]),
        ("x@y.example (Ann)", [("Ann", "x@y.example")]),
        ("Ann x@y.example", [("Ann", "x@y.example")]),
        ("ceo@corp.example <x@y.example>", [("ceo@corp.example", "x@y.example")]),
        ("Team: a@b.example, c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
        ("undisclosed-recipients:;", []),
        ("Ann", [("Ann", "")]),
        ('"Ann <x@y.example>', [("Ann", "x@y.example")]),
        ("<x@y.example", [("", "x@y.example")]),
        ("<>", []),
        ("", []),
    ],
)
def test_values(value: str, expected: list[tuple[str, str]]) -> None:
    assert parse_addresses([value]) == tuple(Address(*one) for one in expected)


def test_several_headers_are_one_list() -> None:
    found = parse_addresses(["a@b.example", "c@d.example, e@f.example"])
    assert [one.address for one in found] == ["a@b.example", "c@d.example", "e@f.example"]


@given(st.text(alphabet='"\\()<>,;:@ a=?q\x00', max_size=80))
def test_never_raises_and_addresses_hold_no_structure(value: str) -> None:
    for one in parse_addresses([value]):
        assert one.name == " ".join(one.name.split())
        assert "<" not in one.address or '"' in one.address


def test_a_stray_comma_does_not_hide_the_sender() -> None:
    message = parse_message(b"From: Account team ,_<no-reply@evil.com>\nSubject: x\n\ny\n")
    assert message.sender == Address("Account team", "no-reply@evil.com")
