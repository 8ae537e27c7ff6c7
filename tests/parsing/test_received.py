import pytest

from detection_stream.parsing.received import read_hops


@pytest.mark.parametrize(
    ("value", "host", "address"),
    [
        ("from A.example (b.example [192.0.2.1]) by c.example", "a.example", "192.0.2.1"),
        (
            "from a.example (2001:DB8::1) by c.example (2001:db8::2) with SMTP",
            "a.example",
            "2001:db8::1",
        ),
        ("from [192.0.2.9] (b.example [IPv6:2001:db8::7]) by c", "192.0.2.9", "2001:db8::7"),
        ("from [192.0.2.9] by c.example", "192.0.2.9", "192.0.2.9"),
        ("from a (a [999.0.2.1]) by c", "a", ""),
        ("by c.example (192.0.2.1) with HTTP", "", ""),
        ("", "", ""),
    ],
)
def test_values(value: str, host: str, address: str) -> None:
    (hop,) = read_hops([value])
    assert (hop.host, hop.address) == (host, address)


def test_order() -> None:
    first, second = read_hops(
        ["from a by b; Wed, 1 May 2024 10:00:00 +0000 (UTC)", "from c by d; yesterday"]
    )
    assert (first.host, second.host) == ("a", "c")
