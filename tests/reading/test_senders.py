"""Addresses and names of address fields."""

from __future__ import annotations

import pytest

from detection_stream.model.message import Address
from detection_stream.parsing.addresses import address_spec, parse_addresses
from tests.reading.cases import reading

SENDERS = {
    "addr-bracket": ("n@addr-bracket.example", None),
    "addr-broken-quote": ("tan@addr-bq.example", "Tan Tana"),
    "addr-colon-spoof": ("bob@evil-c.example", None),
    "addr-comma": ("anna@addr-comma.example", "Reinhold, Anna"),
    "addr-comma-phd": ("joe@addr-comma-phd.example", "Joe Foo, PhD"),
    "addr-comment": ("ann@addr-comment.example", None),
    "addr-comment-angle": ("ann@addr-ca.example", "Ann"),
    "addr-crlf": ("ann@addr-crlf.example", "Long Name"),
    "addr-dbl-angle": ("bob@evil-c.example", None),
    "addr-enc-comma": ("c@addr-enc-comma.example", "Lastßname, First"),
    "addr-enc-whole": ("ann@addr-ew.example", "Ann"),
    "addr-esc-quote": ("dr@addr-esc-quote.example", 'Dr", Watson'),
    "addr-group-from": ("a@addr-gf.example", None),
    "addr-multi-from": ("foo@addr-mf.example", "foo"),
    "addr-null": ("ann@addr-null.example", "Ann"),
    "addr-paren-close": ("bob@evil-c.example", None),
    "addr-paren-open": ("bob@evil-c.example", None),
    "addr-quoted-local": ('"john doe"@addr-ql.example', ""),
    "addr-quoted-local-angle": ('"john doe"@addr-qla.example', "John"),
    "addr-route": ("ann@addr-route.example", "Ann"),
    "hdr-returnpath-fold": ("pat@hdr-returnpath-fold.example", None),
}
RECIPIENTS = {
    "rcpt-encoded": ["tony@acme.example", "john@acme.example"],
    "rcpt-group": ["bob@acme.example", "carol@acme.example", "dan@acme.example"],
    "rcpt-semicolon": ["bob@acme.example", "carol@acme.example"],
    "rcpt-undisclosed": [],
}


@pytest.mark.parametrize("name", SENDERS)
def test_senders(name: str) -> None:
    address, shown = SENDERS[name]
    sender = reading(name).message.sender
    assert sender.address == address
    assert shown is None or sender.name == shown


@pytest.mark.parametrize("name", ["addr-empty", "addr-group-empty", "addr-two-at"])
def test_no_address_is_made_up(name: str) -> None:
    assert reading(name).message.sender.address == ""
    assert reading(name).has("sender_missing")


def test_what_stands_before_an_at_does_not_make_a_sender_inside() -> None:
    found = reading("addr-quoted-local-at")
    assert found.message.sender.domain == "evil-c.example"
    assert found.has("inbound")


def test_an_own_mailbox_beside_a_foreign_one_is_not_inside() -> None:
    found = reading("addr-multi-own")
    assert found.message.sender == Address("", "ceo@acme.example")
    assert found.message.other_senders == (Address("Mallory", "m@evil-c.example"),)
    assert "several-senders" in found.message.defects
    assert (found.has("other_senders"), found.has("inbound")) == (True, True)
    assert found.verdict != "safe"


def test_a_lookalike_in_other_letters_is_recognised() -> None:
    assert reading("addr-cyr-brand").has("brand_lookalike")


def test_an_address_for_a_name_is_told() -> None:
    assert reading("addr-nameaddr").has("display_name_address")


def test_the_return_path_may_stand_on_the_next_line() -> None:
    message = reading("hdr-returnpath-fold").message
    assert message.return_path == "incoming+verp@hdr-rp.example"


@pytest.mark.parametrize("name", RECIPIENTS)
def test_recipients(name: str) -> None:
    assert reading(name).recipients == RECIPIENTS[name]


def test_too_many_recipients_are_told() -> None:
    found = reading("rcpt-huge")
    assert "recipients" in found.message.truncated
    assert found.verdict != "none"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann@B.Example", "ann@b.example"),
        ("ann @ b . example", "ann@b.example"),
        ("ann@b.example (Ann) ", "ann@b.example"),
        ("mailto:ann@b.example?subject=x", "ann@b.example"),
        ("@r.example,@s.example:ann@b.example", "ann@b.example"),
        ('"ann"@b.example', "ann@b.example"),
        ('"ann lee"@b.example', '"ann lee"@b.example'),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@\uff22.example", "ann@b.example"),
        ("ann@b.example.", "ann@b.example"),
        ("a@b@c.example", ""),
        ("ann", "ann"),
    ],
)
def test_address_specifications(text: str, expected: str) -> None:
    assert address_spec(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@b.example> <c@d.example>", ["a@b.example", "c@d.example"]),
        ("a@b.example; c@d.example", ["a@b.example", "c@d.example"]),
        ("Lee, Ann (HR) <a@b.example>, Bo <c@d.example>", ["a@b.example", "c@d.example"]),
        ("'a@b.example'", ["a@b.example"]),
        ("Ann <>", [""]),
    ],
)
def test_lists(value: str, expected: list[str]) -> None:
    assert [one.address for one in parse_addresses([value])] == expected
