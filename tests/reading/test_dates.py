"""Dates in the forms that occur."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from detection_stream.parsing.dates import parse_date
from tests.reading.cases import reading

ARRIVALS = {
    "date-2digit": "2024-05-01T15:00:00",
    "date-asctime": "2024-05-01T10:00:00",
    "date-comment": "2024-05-01T08:00:00",
    "date-iso": "2024-05-01T10:00:00",
    "date-nocomma": "2020-02-05T17:38:00",
    "date-nozone": "2024-05-01T10:00:00",
    "date-onehour": "2024-05-01T09:05:00",
    "date-yy": "2022-02-13T05:04:00",
}


def milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize("name", ARRIVALS)
def test_arrivals(name: str) -> None:
    assert reading(name).received_at == milliseconds(ARRIVALS[name])
    assert reading(name).message.date == milliseconds(ARRIVALS[name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00"),
        ("2024-05-01 10:00:00 UTC", "2024-05-01T10:00:00"),
        ("2024-05-01T12:00:00.250+02:00", "2024-05-01T10:00:00.250"),
        ("Wed, 1 May 2024 12:00:00 +02:00", "2024-05-01T10:00:00"),
        ("Wed, 1 May 2024 12:00:00 GMT+0200", "2024-05-01T10:00:00"),
        ("Wed, 01-May-2024 10:00:00 GMT", "2024-05-01T10:00:00"),
        ("Wed,1 May 2024 10.00.00 +0000", "2024-05-01T10:00:00"),
    ],
)
def test_forms(text: str, expected: str) -> None:
    assert parse_date(text) == milliseconds(expected)


@pytest.mark.parametrize("text", ["", "soon", "2024-13-01", "99999-01-01", "2024"])
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None
