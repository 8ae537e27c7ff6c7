"""Expiry is decided at read; the sweep only collects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.profiles.kinds import thread
from detection_stream.state.database import Database, new_batch
from detection_stream.state.partition import PartitionState
from detection_stream.state.progress import Progress
from detection_stream.state.sweep import Sweep

DAY = 86_400


def test_the_sweep_collects_what_reads_no_longer_see(tmp_path: Path) -> None:
    database = Database(tmp_path)
    state = PartitionState(database, "entity", 0, ["thread"])
    state.sweeps = {"thread": Sweep(thread.KIND.expired)}
    rows = thread.ROW.empty(3)
    rows["touched"] = [1 * DAY, 200 * DAY, 300 * DAY]
    keys = [b"t\0old", b"t\0edge", b"t\0new"]
    state.tables["thread"].put(dict(zip(keys, thread.ROW.encode(rows), strict=True)))
    _checkpoint(database, state)
    state.progress.clocks = {"t": (290 * DAY, 0), "other": (900 * DAY, 0)}
    _checkpoint(database, state)
    assert [key for key, _ in state.tables["thread"].items()] == [b"t\0edge", b"t\0new"]
    assert state.tables["thread"].get(keys)[0] is None
    database.close()


@pytest.mark.parametrize(("watermark", "gone"), [(91, True), (90, False)])
def test_a_read_takes_an_expired_row_for_absent(watermark: int, gone: bool) -> None:
    rows = thread.ROW.empty(1)
    rows["touched"], rows["count"] = DAY // 2, 5
    thread.KIND.expire(rows, np.array([watermark * DAY]))
    assert bool(rows["count"][0] == 0) is gone


def test_one_absurd_date_ages_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path)
    progress = PartitionState(database, "entity", 0, []).progress
    days = np.array([1_000, 9_000, 9_000, 1_000]) * DAY
    progress.advance(["t"] * 4, np.array([1, 2, 2, 3]), days)
    assert progress.clock("t") == 1_001 * DAY
    assert progress.clock("other") == 0
    database.close()


@given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 400)), min_size=1, max_size=30),
    cut=st.integers(0, 30),
)
def test_clocks_do_not_depend_on_how_rows_are_cut(rows: list[tuple[str, int]], cut: int) -> None:
    tenants = [tenant for tenant, _ in rows]
    messages = np.arange(len(rows)) // 2
    seconds = np.array([day * DAY for _, day in rows])
    whole, parts = Progress(), Progress()
    expected = whole.advance(tenants, messages, seconds)
    found = [
        parts.advance(tenants[piece], messages[piece], seconds[piece])
        for piece in (slice(None, cut), slice(cut, None))
    ]
    assert np.concatenate(found).tolist() == expected.tolist()
    assert parts.clocks == whole.clocks


def _checkpoint(database: Database, state: PartitionState) -> None:
    batch = new_batch()
    state.freeze()
    state.write(batch)
    database.write(batch)
    state.settle()


def test_people_of_the_directory_stay_and_set_no_watermark(tmp_path: Path) -> None:
    rows = thread.ROW.empty(1)
    assert not thread.KIND.expired(thread.ROW.encode(rows), np.array([1_000 * DAY])).any()
    database = Database(tmp_path)
    together = PartitionState(database, "entity", 0, []).progress
    together.advance(["t"] * 3, np.arange(3), np.array([0, 0, 1_000 * DAY]))
    apart = PartitionState(database, "entity", 1, []).progress
    apart.advance(["t"] * 2, np.arange(2), np.array([0, 0]))
    apart.advance(["t"], np.array([2]), np.array([1_000 * DAY]))
    assert together.clock("t") == apart.clock("t") == 1_000 * DAY
    database.close()
