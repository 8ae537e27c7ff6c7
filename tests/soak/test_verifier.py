"""The verifier counts rows where the engine must: in its sender's order, without gaps."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from tests.soak.verifier import Report, _first_rows


@dataclass(frozen=True)
class _Record:
    data: bytes

    def value(self) -> bytes:
        return self.data

    def partition(self) -> int:
        return 0


def _frame(sender: str, start: int, end: int, mark: str = "") -> _Record:
    numbers = list(range(start + 1, end + 1))
    columns = {"input": numbers, "name": [f"{sender}{number}{mark}" for number in numbers]}
    blocks = [{"level": "pair", "columns": columns}]
    frame = {"type": "rows", "sender": sender, "from": start, "to": end, "blocks": blocks}
    return _Record(orjson.dumps(frame))


def _names(*records: _Record) -> tuple[list[str], Report]:
    report = Report()
    return [row["name"] for _, row in _first_rows(records, "observations", report)], report


def test_a_frame_after_a_gap_counts_where_it_is_sent_again() -> None:
    names, report = _names(
        *(_frame("a", -1, 1), _frame("a", 2, 3), _frame("b", -1, 0)),
        *(_frame("a", 1, 2), _frame("a", 2, 3)),
    )
    assert names == ["a0", "a1", "b0", "a2", "a3"]
    assert (report.repeated, report.differing) == (1, [])


def test_repeats_in_other_portions_count_once() -> None:
    names, report = _names(_frame("a", -1, 1), _frame("a", -1, 0), _frame("a", 0, 3))
    assert names == ["a0", "a1", "a2", "a3"]
    assert (report.repeated, report.differing) == (2, [])


def test_a_repeat_with_other_content_is_told() -> None:
    _, report = _names(_frame("a", -1, 0), _frame("a", -1, 0, "!"))
    assert len(report.differing) == 1
