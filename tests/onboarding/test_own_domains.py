"""Own domains are those that explain the mail, not those of lists, shops or free mail."""

from __future__ import annotations

from detection_stream.model.message import Address, Message
from detection_stream.onboarding.own_domains import find_own_domains


def _mail(sender: str, *recipients: str) -> Message:
    return Message(sender=Address("", sender), to=tuple(Address("", one) for one in recipients))


def _inbound(count: int, domain: str = "own.example") -> list[Message]:
    return [_mail(f"a@outside{n}.example", f"p{n % 5}@{domain}") for n in range(count)]


def test_the_domain_that_all_mail_has_in_common() -> None:
    outbound = [_mail("p1@mail.own.example", f"b@partner{n}.example") for n in range(40)]
    assert find_own_domains([*_inbound(60), *outbound]) == {"own.example": 1.0}


def test_a_second_domain_that_people_write_from() -> None:
    second = [_mail(f"q{n % 4}@second.example", f"q{n % 3}@second.example") for n in range(20)]
    found = find_own_domains([*_inbound(80), *second])
    assert found == {"own.example": 0.8, "second.example": 0.2}


def test_a_newsletter_and_a_list_are_not_own() -> None:
    hidden = [_mail("news@shop.example") for _ in range(10)]
    listed = [_mail(f"x{n}@outside{n}.example", "talk@list.example") for n in range(10)]
    assert list(find_own_domains([*_inbound(80), *hidden, *listed])) == ["own.example"]


def test_free_mail_is_nobodys_own() -> None:
    assert find_own_domains(_inbound(50, "gmail.com")) == {}


def test_without_a_domain_in_common_there_is_none() -> None:
    assert find_own_domains([_mail(f"a@x{n}.example", f"b@y{n}.example") for n in range(50)]) == {}
    assert find_own_domains([]) == {}
