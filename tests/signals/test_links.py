"""What a link shows against where it leads."""

from __future__ import annotations

import pytest

from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Link, Message
from detection_stream.parsing.hosts import host_of
from detection_stream.signals.links import link_display_mismatch
from detection_stream.signals.message_batch import MessageBatch


def _mismatch(url: str, text: str) -> bool:
    message = Message(links=(Link(url, host_of(url), text),))
    batch = MessageBatch([message], [Envelope("t", frozenset(), 0)])
    return bool(link_display_mismatch(batch)[0])


@pytest.mark.parametrize(
    "text",
    [
        "bank.com",
        "https://bank.example/login",
        "Go to www.bank.com now",
        "Sign in at bank.com to continue",
        "Sign in (https://bank.example)",
        "登录https://bank.example/吧",
        "https://b\u0430nk.com/",
        "Go to www.b\u0430nk.com now",
        "www\uff0ebank\uff0ecom",
        "www.ba\u200bnk.com",
        "hxxps://bank[.]com",
    ],
)
def test_another_host_is_shown(text: str) -> None:
    assert _mismatch("https://evil.example/x", text)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://click.bank.com/x", "Go to www.bank.com now"),
        ("https://münchen.de/x", "https://münchen.de/x"),
        ("https://evil.example/x", "Read our report.pdf and e.g. version 1.2"),
        ("https://evil.example/x", "report.pdf"),
        ("https://evil.example/x", "Write to ann@bank.com"),
        ("mailto:ann@bank.com", "www.bank.com"),
        ("https://www.google.com/url?q=https%3A%2F%2Fbank.com%2F", "www.bank.com"),
    ],
)
def test_no_other_host_is_shown(url: str, text: str) -> None:
    assert not _mismatch(url, text)


def test_only_a_known_redirector_vouches_for_what_it_carries() -> None:
    assert _mismatch("https://evil.example/?q=https%3A%2F%2Fbank.com%2F", "www.bank.com")
    assert _mismatch("https://www.google.com/url?q=https%3A%2F%2Fevil.example", "www.bank.com")
