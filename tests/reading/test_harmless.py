"""Everyday mail that looks odd and is not: it is no attack."""

from __future__ import annotations

import pytest

from tests.reading.cases import reading

HARMLESS = (
    "auth-list-arc",
    "auth-via-munge",
    "mime-dsn",
    "ok-arf",
    "ok-dmarc-gz",
    "ok-dmarc-zip",
    "ok-emoji-zwj",
    "ok-forward",
    "ok-invite",
    "ok-mdn",
    "ok-mjml",
    "ok-ooo",
    "ok-own-nodmarc",
    "ok-own-sendgrid",
    "ok-persian-zwnj",
    "ok-pgp",
    "ok-srs-forward",
    "ok-tlsrpt",
    "ok-utf8-hebrew",
)


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_mail_is_no_attack(name: str) -> None:
    assert reading(name).verdict in {"safe", "graymail"}


@pytest.mark.parametrize("name", ["ok-emoji-zwj", "ok-persian-zwnj", "ok-utf8-hebrew"])
def test_joiners_that_a_script_needs_are_no_trick(name: str) -> None:
    assert not reading(name).has("zero_width")
