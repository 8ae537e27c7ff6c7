"""Fields that report results, read by the grammar of RFC 8601."""

from __future__ import annotations

import pytest

from detection_stream.model.message import MethodResult, ReportedResults
from detection_stream.parsing.authentication import MAX_LENGTH, read_results
from detection_stream.parsing.rfc5322 import parse_message


def read(value: str, field: str = "authentication-results") -> ReportedResults:
    [found] = read_results([(field, value, 0)])
    return found


def results(value: str) -> list[tuple[str, str, str]]:
    return [(one.method, one.result, one.domain) for one in read(value).methods]


def test_one_field_with_comments_that_hold_separators() -> None:
    found = read(
        "MX.example; spf=pass (a; b (c)) smtp.mailfrom=ann@Example.com; "
        "dkim=pass (1024-bit key; unprotected) header.d=example.com header.i=@x.example; "
        "dmarc=fail (p=none) header.from=example.com; arc=none"
    )
    assert found.server == "mx.example"
    assert found.methods == (
        MethodResult("spf", "pass", "example.com"),
        MethodResult("dkim", "pass", "example.com"),
        MethodResult("dmarc", "fail", "example.com"),
        MethodResult("arc", "none"),
    )


def test_without_a_server_name() -> None:
    found = read("spf=softfail (ip) smtp.mailfrom=shop.example; dkim=none header.d=none")
    assert found.server == ""
    assert found.methods[0] == MethodResult("spf", "softfail", "shop.example")


@pytest.mark.parametrize(
    "value",
    [
        'mx; spf=fail smtp.mailfrom="x; dmarc=pass header.from=a.example; y"@evil.example',
        "mx; spf=fail (dmarc=pass; dmarc=pass) smtp.mailfrom=evil.example",
        r'mx; spf=fail reason="a \"; dmarc=pass header.from=a.example" smtp.mailfrom=evil.example',
        r"mx; spf=fail (\) ; dmarc=pass) smtp.mailfrom=evil.example",
        'mx; spf=fail smtp.mailfrom=evil.example (; dmarc=pass "',
    ],
)
def test_what_is_quoted_or_a_comment_is_no_result(value: str) -> None:
    assert results(value) == [("spf", "fail", "evil.example")]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("mx 1; dkim/1 = pass header.d = A.example", [("dkim", "pass", "a.example")]),
        ("mx; none", []),
        ("mx", []),
        ("", []),
        ("mx; x-dmarc=pass; nodmarc=pass", []),
        ("mx; dkim=pass header.i=@C.example", [("dkim", "pass", "c.example")]),
        ("mx; spf=pass smtp.helo=h.example", [("spf", "pass", "h.example")]),
        ('mx; spf=pass smtp.mailfrom="john doe"@d.example', [("spf", "pass", "d.example")]),
    ],
)
def test_the_grammar(value: str, found: list[tuple[str, str, str]]) -> None:
    assert results(value) == found


@pytest.mark.parametrize(
    ("value", "domain", "server"),
    [
        ("Pass (mx: domain of ann@b.example designates 192.0.2.1) client-ip=1", "b.example", ""),
        ('pass (mx) envelope-from="ann@c.example"; helo=x', "c.example", ""),
        ("pass receiver=mx.d.example; helo=h.example", "h.example", "mx.d.example"),
        ("pass", "", ""),
    ],
)
def test_received_spf(value: str, domain: str, server: str) -> None:
    found = read(value, "received-spf")
    assert found.methods == (MethodResult("spf", "pass", domain),)
    assert found.server == server


def test_the_number_of_an_arc_set() -> None:
    found = read("i=2; mx.example; spf=pass", "arc-authentication-results")
    assert (found.instance, found.server, len(found.methods)) == (2, "mx.example", 1)


def test_a_long_field_takes_linear_time_and_is_cut() -> None:
    for filler in ("(", '"', ";", "\\", "dkim=pass ", "header.d=", "("):
        assert len(read(filler * 2_000_000).methods) <= MAX_LENGTH


def test_where_each_field_stands_among_the_received_ones() -> None:
    message = parse_message(
        b"Authentication-Results: a; spf=pass\n"
        b"Received: from x by y; Mon, 1 Jan 2024 00:00:00 +0000\n"
        b"RECEIVED-SPF: pass\n"
        b"Received: from z by x; Mon, 1 Jan 2024 00:00:00 +0000\n"
        b"authentication-results: b; spf=fail\n"
        b"ARC-Seal: i=1; a=rsa-sha256; d=Seal.example; s=s\n"
        b"From: ann@a.example\n\nx"
    )
    assert [(one.field, one.server, one.below) for one in message.results] == [
        ("authentication-results", "a", 0),
        ("received-spf", "", 1),
        ("authentication-results", "b", 2),
    ]
    assert message.arc_sealers == {1: "seal.example"}
