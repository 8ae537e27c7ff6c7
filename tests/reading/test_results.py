"""Results that the receiving host reports, and those that a sender writes."""

from __future__ import annotations

import pytest

from tests.reading.cases import reading


@pytest.mark.parametrize("name", ["auth-baseline", "auth-forged-lower", "auth-forged-receivedspf"])
def test_a_spoof_stays_one_whatever_is_forged_below(name: str) -> None:
    found = reading(name)
    assert found.has("own_domain_spoof")
    assert found.verdict in {"suspicious", "malicious"}
    assert found.has("spf_fail") or name != "auth-forged-receivedspf"


def test_a_result_for_another_domain_proves_nothing() -> None:
    assert not reading("auth-headerfrom-other").has("authenticated")


def test_a_field_without_a_name_of_its_host_counts() -> None:
    found = reading("auth-no-servid")
    assert (found.has("dmarc_pass"), found.has("spf_pass")) == (True, True)


def test_none_is_nothing() -> None:
    assert reading("auth-none").has("authentication_missing")


def test_a_semicolon_in_quotes_ends_no_result() -> None:
    assert reading("auth-quoted-semicolon").has("authenticated")
