"""Windows, decay, sketches, hours and rows of profiles, compared with plain recounts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.model.batch import occurrence_rounds
from detection_stream.profiles import window
from detection_stream.profiles.decay import DecayedCount
from detection_stream.profiles.histogram import HourHistogram
from detection_stream.profiles.plain import Count, Flag
from detection_stream.profiles.recent import Recent
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType
from detection_stream.profiles.sketch import Distinct

DAY_RING = window.day("sent", "sent")
DECAYED = DecayedCount("weight", "weight", half_life_days=10)
DISTINCT = Distinct("members", "members")
RECENT = Recent("names", "names", 3, "names")
HOURS = HourHistogram("hours", "hours")
ROW = RowType(
    1,
    (DAY_RING, DECAYED, DISTINCT, RECENT, HOURS),
)
START = 20_000 * 86_400


def at(second: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([second], dtype=np.int64)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=60), st.integers(0, 90))
def test_a_window_counts_what_a_recount_does(hours: list[int], reading: int) -> None:
    row = ROW.empty(1)
    head = -1
    counted: list[int] = []
    for hour in hours:
        DAY_RING.add(row, at(START + hour * 3_600))
        head = max(head, hour)
        counted = [one for one in counted if one > head - 24]
        if hour > head - 24:
            counted.append(hour)
    expected = sum(reading - 24 < hour <= reading for hour in counted)
    assert DAY_RING.count(row, at(START + reading * 3_600)) == [expected]


@given(st.integers(0, 3_000 * 86_400))
def test_decay_is_half_each_half_life(elapsed: int) -> None:
    factor = DECAYED.factor(at(elapsed))[0]
    assert factor == pytest.approx(0.5 ** (elapsed / (10 * 86_400)), rel=1e-12)


def test_decay_ignores_steps_back() -> None:
    row = ROW.empty(1)
    DECAYED.add(row, at(START), np.ones(1))
    DECAYED.add(row, at(START - 500), np.ones(1))
    assert DECAYED.value(row, at(START)) == [2.0]


@pytest.mark.parametrize("members", [1, 10, 60, 400, 5_000])
def test_distinct_members_are_counted_within_the_stated_error(members: int) -> None:
    rows = ROW.empty(40)
    random = np.random.default_rng(7)
    for _ in range(members):
        chosen = random.integers(1, 2**53, 40)
        DISTINCT.add(rows, chosen)
        DISTINCT.add(rows, chosen)
    error = DISTINCT.estimate(rows).mean() / members - 1
    assert abs(error) < 0.08


def test_nobody_is_counted_as_none() -> None:
    assert DISTINCT.estimate(ROW.empty(1)) == [0.0]


def test_recent_members_make_room_for_new_ones() -> None:
    row = ROW.empty(1)
    for member in (5, 6, 5, 7, 8):
        RECENT.add(row, at(member))
    held = [bool(RECENT.holds(row, at(member))[0]) for member in (5, 6, 7, 8)]
    assert held == [False, True, True, True]
    RECENT.add(row, at(0))
    assert RECENT.count(row) == [3]


def test_hours_of_habit() -> None:
    row = ROW.empty(1)
    assert np.isnan(HOURS.share_near(row, at(START)))[0]
    for _ in range(300):
        HOURS.add(row, at(START + 9 * 3_600))
    assert HOURS.share_near(row, at(START + 10 * 3_600)) == [1.0]
    assert HOURS.share_near(row, at(START + 20 * 3_600)) == [0.0]


def test_old_rows_are_upgraded_when_read() -> None:
    old = RowType(1, (Count("count", "mail"), Flag("gone", "gone")))

    def upgrade(before: Records, after: Records) -> None:
        after["total"] = before["count"] + 1

    new = RowType(2, (Count("total", "mail"), Flag("more", "more")), previous=old, upgrade=upgrade)
    stored = old.empty(1)
    stored["count"] = 7
    rows = new.decode([*old.encode(stored), None])
    assert rows["total"].tolist() == [8, 0]
    assert rows["version"].tolist() == [2, 2]
    with pytest.raises(ValueError, match="version 9"):
        new.decode([b"\x09" + bytes(7)])


def test_without_an_upgrade_fields_are_copied_by_name() -> None:
    old = RowType(1, (Count("count", "mail"), Recent("names", "names", 2, "names")))
    new = RowType(2, (Recent("names", "names", 3, "names"), Count("count", "mail")), previous=old)
    stored = old.empty(1)
    stored["count"], stored["names"] = 7, [[4, 5]]
    (row,) = new.decode(old.encode(stored))
    assert (row["version"], row["count"]) == (2, 7)
    assert row["names"].tolist() == [0, 0, 0], "a field of another shape begins empty"


@given(st.lists(st.integers(0, 5), max_size=40))
def test_rounds_name_an_entity_once_and_keep_its_order(entities: list[int]) -> None:
    rounds = [found.tolist() for found in occurrence_rounds(np.array(entities, dtype=np.int64))]
    for chosen in rounds:
        assert len({entities[place] for place in chosen}) == len(chosen)
    applied = [place for chosen in rounds for place in chosen]
    assert sorted(applied) == list(range(len(entities)))
    for entity in set(entities):
        order = [place for place in applied if entities[place] == entity]
        assert order == sorted(order)
