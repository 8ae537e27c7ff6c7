"""Every case is one of a test."""

from __future__ import annotations

from pathlib import Path

from tests.reading.cases import CASES


def test_every_case_has_its_expectation() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    missing = {
        path.stem
        for path in CASES.iterdir()
        if path.stem not in tests and not path.stem.startswith("smtp-smuggle-")
    }
    assert missing == set()
