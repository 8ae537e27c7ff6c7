"""What rows say of themselves is what they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from detection_stream.model.batch import Rows
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.ownership import PROVEN

DAY = 86_400


def test_described_fields_are_those_of_the_row() -> None:
    kind, at = KINDS["address"], 1_750_000_000
    rows = kind.row.empty(1)
    for step in range(5):
        columns: dict[str, Any] = {
            name: [""] if type_ is str else np.zeros(1, dtype=np.int64 if type_ is int else float)
            for name, type_ in KINDS.column_types.items()
        }
        columns |= {
            "role": np.array([kind.codes["sender"]]),
            "seconds": np.array([at - step * DAY]),
            "clock": np.array([at]),
            "proof": np.array([PROVEN]),
            "recipient": np.array([step + 1]),
            "display_name": np.array([7]),
            "authenticated": np.array([1.0]),
        }
        kind.update(rows, Rows(1, columns))
    (stored,) = kind.row.encode(rows)
    fields = {field.name: field for field in kind.describe(stored, at)}
    assert fields["count"].value == 5
    assert fields["last_seen"].value == at * 1_000
    assert fields["sent_month"].value == 5
    assert sum(bucket.count for bucket in fields["sent_month"].buckets) == 5
    assert [b.count for b in fields["sent_month"].buckets][-5:] == [1] * 5
    assert fields["sent_day"].value == 1
    assert sum(slot or 0 for slot in fields["hours"].slots) == 5
    assert fields["names"].value == 1
    assert fields["recipients"].value == pytest.approx(5, abs=1)
    assert 4 < (fields["authenticated"].value or 0) <= 5
    later = {field.name: field for field in kind.describe(stored, at + 60 * DAY)}
    assert later["sent_month"].value == 0
    assert later["authenticated"].value == pytest.approx((fields["authenticated"].value or 0) / 2)
