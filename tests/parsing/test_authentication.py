import pytest

from detection_stream.model.message import Authentication
from detection_stream.parsing.authentication import read_authentication


def read(*values: str) -> Authentication:
    return read_authentication({"authentication-results": values})


def test_one_header_with_comments_that_hold_separators() -> None:
    found = read(
        "mx.example; spf=pass (a; b (c)) smtp.mailfrom=ann@Example.com; "
        "dkim=pass (1024-bit key; unprotected) header.d=example.com header.i=@x.example; "
        "dmarc=fail (p=none) header.from=example.com; arc=none"
    )
    assert found == Authentication("pass", "pass", "fail", "none", "example.com", ("example.com",))


def test_without_a_server_name() -> None:
    found = read("spf=softfail (ip) smtp.mailfrom=shop.example; dkim=none header.d=none;dmarc=none")
    assert (found.spf, found.dkim, found.dmarc) == ("softfail", "none", "none")
    assert found.spf_domain == "shop.example"
    assert found.dkim_domains == ()


def test_best_result_of_several() -> None:
    found = read("a; spf=fail smtp.mailfrom=b.example", "a; spf=pass smtp.helo=c.example")
    assert (found.spf, found.spf_domain) == ("pass", "c.example")
    assert read("a; dkim=fail", "b; dkim=neutral").dkim == "neutral"


def test_only_signatures_that_pass_give_domains() -> None:
    found = read(
        "a; dkim=fail header.d=b.example; dkim=pass header.i=@C.example;"
        " dkim=pass header.d=d.example"
    )
    assert found.dkim_domains == ("c.example", "d.example")


def test_arc_results_count_only_alone() -> None:
    arc = {"arc-authentication-results": ("i=1; a; spf=pass",)}
    assert read_authentication(arc).spf == "pass"
    assert read_authentication({**arc, "authentication-results": ("a; spf=fail",)}).spf == "fail"


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        (
            "Pass (mx: domain of ann@b.example designates 192.0.2.1) client-ip=192.0.2.1",
            "b.example",
        ),
        ('pass (mx) envelope-from="ann@c.example"; helo=x', "c.example"),
        ("pass", ""),
    ],
)
def test_received_spf_fills_in(value: str, domain: str) -> None:
    found = read_authentication({"received-spf": (value,)})
    assert (found.spf, found.spf_domain) == ("pass", domain)


def test_received_spf_yields_to_authentication_results() -> None:
    headers = {"authentication-results": ("a; spf=fail",), "received-spf": ("pass",)}
    assert read_authentication(headers).spf == "fail"
