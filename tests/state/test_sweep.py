"""Expiry is decided at read; the sweep only collects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detection_stream.profiles.kinds import thread
from detection_stream.state.database import Database, new_batch
from detection_stream.state.partition import PartitionState
from detection_stream.state.sweep import Sweep

DAY = 86_400


def test_the_sweep_collects_what_reads_no_longer_see(tmp_path: Path) -> None:
    database = Database(tmp_path)
    state = PartitionState(database, "entity", 0, ["thread"])
    state.sweeps = {"thread": Sweep(thread.KIND.expired)}
    rows = thread.ROW.empty(3)
    rows["touched"] = [1 * DAY, 200 * DAY, 300 * DAY]
    keys = [b"old", b"edge", b"new"]
    state.tables["thread"].put(dict(zip(keys, thread.ROW.encode(rows), strict=True)))
    _checkpoint(database, state)
    state.progress.watermark = 290 * DAY
    _checkpoint(database, state)
    assert [key for key, _ in state.tables["thread"].items()] == [b"edge", b"new"]
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
    progress.advance(np.array([1_000 * DAY, 9_000 * DAY, 1_000 * DAY]))
    assert progress.watermark == 1_001 * DAY
    database.close()


def _checkpoint(database: Database, state: PartitionState) -> None:
    batch = new_batch()
    state.freeze()
    state.write(batch)
    database.write(batch)
    state.settle()


def test_people_of_the_directory_stay_and_set_no_watermark(tmp_path: Path) -> None:
    rows = thread.ROW.empty(1)
    assert not thread.KIND.expired(thread.ROW.encode(rows), 1_000 * DAY).any()
    database = Database(tmp_path)
    together = PartitionState(database, "entity", 0, []).progress
    together.advance(np.array([0, 0, 1_000 * DAY]))
    apart = PartitionState(database, "entity", 1, []).progress
    apart.advance(np.array([0, 0]))
    apart.advance(np.array([1_000 * DAY]))
    assert together.watermark == apart.watermark == 1_000 * DAY
    database.close()
