"""What others cause to be logged is bounded."""

from __future__ import annotations

import logging
import time

import pytest

from detection_stream.log_limit import MAX_LINES, LogLimit


def _record(text: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("x", logging.WARNING, "", 0, text, arguments, None)


def test_so_many_lines_of_a_kind_are_logged_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    limit = LogLimit()
    let = [limit.filter(_record("refused %s", n)) for n in range(100)]
    assert sum(let) == MAX_LINES
    assert limit.filter(_record("something else"))
    now += 61.0
    first, second = _record("refused %s", 1), _record("refused %s", 2)
    assert limit.filter(first)
    assert limit.filter(second)
    assert first.getMessage() == "refused 1 (and 80 more such lines in the minute before)"
    assert second.getMessage() == "refused 2"
