from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.parsing.dates import parse_date


@pytest.mark.parametrize(
    "value",
    [
        "Wed, 01 May 2024 10:00:00 +0000",
        "1 May 2024 12:00:00 +0200 (CEST)",
        "Wed, 1 May 2024 10:00 GMT",
        "Wed, 1 may 2024 05:00:00 EST",
        "Wed, 1 May 24 10:00:00 +0000",
        "Wed, 1 May 2024 04:30:00 -0530",
    ],
)
def test_ways_to_write_one_instant(value: str) -> None:
    assert parse_date(value) == 1_714_557_600_000


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "31 Feb 2024 10:00:00 +0000",
        "1 May 2024 25:00:00 +0000",
        "1 May 2024 10:61:00 +0000",
        "31 Dec 1979 23:59:59 +0000",
        "1 Jan 2100 00:00:00 +0000",
        "1 May 99999 10:00:00 +0000",
        "1 Foo 2024 10:00:00 +0000",
    ],
)
def test_unreadable_or_absurd(value: str) -> None:
    assert parse_date(value) is None


@given(
    st.datetimes(datetime(1980, 1, 2), datetime(2099, 12, 30)),
    st.integers(-14 * 60, 14 * 60),
)
def test_inverts_the_standard_library(naive: datetime, minutes: int) -> None:
    at = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_date(format_datetime(at)) == int(at.astimezone(UTC).timestamp()) * 1_000


@given(st.text(max_size=200))
def test_never_raises(value: str) -> None:
    parse_date(value)
