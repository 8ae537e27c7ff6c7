"""The join gives the same signals for every order of arrival, and does not wait forever."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from detection_stream.decision import join as module
from detection_stream.decision.columns import CONTEXT_COLUMNS, column_types
from detection_stream.decision.join import MAX_OPEN_TICKS, MAX_WAIT_TICKS, Join
from detection_stream.decision.joined import Joined, put_together
from detection_stream.model.batch import Rows
from detection_stream.model.origin import Origin, origin_columns
from detection_stream.profiles.kinds import KINDS
from detection_stream.signals.registry import signals_of

ORIGIN = (1, 0, 7)
EXPECTED = {"sender": 1, "recipient": 2, "name": 1}
Block = tuple[str, Rows]


def _row(level: str, number: int = 0, origin: Origin = ORIGIN, **fixed: int) -> Rows:
    """One row of a level; its signals differ by number, every third one is missing."""
    columns: dict[str, Any] = {}
    for name, kind in column_types(level).items():
        if kind is str:
            columns[name] = [f"{name} of {origin[2]}"]
        elif kind is int:
            columns[name] = np.array([fixed.get(name, 0)], dtype=np.int64)
    for place, signal in enumerate(signals_of(level)):
        value = np.nan if (place + number) % 3 == 0 else (place * 7 + number * 5) % 11
        columns[signal.name] = np.array([value], dtype=np.float64)
    columns |= origin_columns([origin])
    return Rows(1, columns)


def _message(origin: Origin = ORIGIN, expected: dict[str, int] = EXPECTED) -> Block:
    counts = {f"expected.{role}": count for role, count in expected.items()}
    return "message", _row("message", origin=origin, received_at=1_736_150_400_000, **counts)


def _blocks(origin: Origin = ORIGIN) -> list[Block]:
    roles = [
        (role, _row(role, number, origin))
        for role, count in EXPECTED.items()
        for number in range(count)
    ]
    return [_message(origin), *roles]


def _decided(join: Join, blocks: list[Block]) -> Joined:
    """The one message that becomes complete with the last block."""
    for level, rows in blocks[:-1]:
        assert join.add(level, rows) == []
        assert join.undecided() == 1
    level, rows = blocks[-1]
    assert join.add(level, rows) == [ORIGIN]
    return put_together(join.take([ORIGIN]))


def _same(left: Joined, right: Joined) -> None:
    assert left.context == right.context
    assert left.missing == right.missing
    assert left.revisions == right.revisions
    assert list(left.signals) == list(right.signals)
    for name, column in left.signals.items():
        np.testing.assert_array_equal(column, right.signals[name], err_msg=name)


def test_every_order_of_arrival_gives_the_same() -> None:
    blocks = _blocks()
    first = _decided(Join(), blocks)
    assert first.missing == [[]]
    assert first.revisions == [1]
    for order in permutations(blocks):
        join = Join()
        _same(_decided(join, list(order)), first)
        assert len(join) == 0


def test_rows_of_a_level_are_combined() -> None:
    joined = _decided(Join(), _blocks())
    rows = [_row("recipient", number) for number in range(EXPECTED["recipient"])]
    for signal in signals_of("recipient"):
        values = [row[signal.name][0] for row in rows]
        combined = np.fmax(*values) if signal.combine == "max" else np.fmin(*values)
        np.testing.assert_array_equal(joined.signals[signal.name], [combined])


def test_a_level_with_nothing_to_ask_is_idle() -> None:
    joined = _decided(Join(), _blocks())
    for role in set(KINDS.levels) - EXPECTED.keys():
        for signal in signals_of(role):
            wanted = 0.0 if signal.type == "flag" else np.nan
            np.testing.assert_array_equal(joined.signals[signal.name], [wanted])


def test_messages_do_not_mix() -> None:
    other = (1, 0, 8)
    join = Join()
    for ours, theirs in zip(_blocks(), _blocks(other), strict=True):
        join.add(*ours)
        done = join.add(*theirs)
    assert done == [other]
    joined = put_together(join.take([ORIGIN, other]))
    assert [context["uid"] for context in joined.context] == ["uid of 7", "uid of 8"]
    alone = _decided(Join(), _blocks())
    for name, column in alone.signals.items():
        np.testing.assert_array_equal(joined.signals[name], np.repeat(column, 2))


def _ticked(join: Join, ticks: int) -> list[Origin]:
    """What the last of these ticks decides; earlier ones decide nothing."""
    for _ in range(ticks - 1):
        assert join.tick() == []
    return join.tick()


def test_without_a_level_ticks_decide_and_the_late_row_revises() -> None:
    blocks = _blocks()
    late = blocks.pop()
    join = Join()
    for block in blocks:
        join.add(*block)
    assert _ticked(join, MAX_WAIT_TICKS) == [ORIGIN]
    joined = put_together(join.take([ORIGIN]))
    assert joined.missing == [["name"]]
    assert joined.revisions == [1]
    assert all(np.isnan(joined.signals[signal.name]).all() for signal in signals_of("name"))
    assert join.undecided() == 0
    assert len(join) == 1
    assert join.tick() == []

    assert join.add(*late) == [ORIGIN]
    revised = put_together(join.take([ORIGIN]))
    assert revised.missing == [[]]
    assert revised.revisions == [2]
    assert len(join) == 0
    at_once = _decided(Join(), _blocks())
    for name, column in at_once.signals.items():
        np.testing.assert_array_equal(revised.signals[name], column)


def test_a_level_that_lacks_one_of_its_rows_is_missing() -> None:
    join = Join()
    blocks = _blocks()
    del blocks[2]
    for block in blocks:
        join.add(*block)
    _ticked(join, MAX_WAIT_TICKS)
    joined = put_together(join.take([ORIGIN]))
    assert joined.missing == [["recipient"]]
    assert all(np.isnan(joined.signals[signal.name]).all() for signal in signals_of("recipient"))


def test_a_failed_row_makes_its_level_missing() -> None:
    blocks = _blocks()
    blocks[-1] = ("name", _row("name", failed=1))
    joined = _decided(Join(), blocks)
    assert joined.missing == [["name"]]
    assert joined.revisions == [1]
    assert all(np.isnan(joined.signals[signal.name]).all() for signal in signals_of("name"))


def test_a_decided_message_is_forgotten_in_the_end() -> None:
    join = Join()
    join.add(*_message())
    _ticked(join, MAX_WAIT_TICKS)
    join.take([ORIGIN])
    _ticked(join, MAX_OPEN_TICKS - MAX_WAIT_TICKS - 1)
    assert len(join) == 1
    join.tick()
    assert len(join) == 0


def test_rows_without_their_message_are_forgotten_in_the_end() -> None:
    join = Join()
    join.add("name", _row("name"))
    assert _ticked(join, MAX_OPEN_TICKS - 1) == []
    assert len(join) == 1
    assert join.tick() == []
    assert len(join) == 0


def test_of_a_crowd_the_oldest_are_decided_at_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_PENDING_MESSAGES", 3)
    join = Join()
    for offset in (5, 1, 4, 2, 3):
        join.add(*_message((1, 0, offset)))
    assert join.tick() == [(1, 0, 1), (1, 0, 2)]


def _stored(join: Join, table: dict[bytes, bytes]) -> None:
    for key, value in join.changes().items():
        if value is None:
            del table[key]
        else:
            table[key] = value


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_restored_join_goes_on_where_it_was(cut: int) -> None:
    blocks = _blocks()
    join = Join()
    for block in blocks[:cut]:
        join.add(*block)
    join.tick()
    table: dict[bytes, bytes] = {}
    _stored(join, table)
    restored = Join.restore(table.items())
    assert repr(restored.waiting) == repr(join.waiting)
    _same(_decided(restored, blocks[cut:]), _decided(join, blocks[cut:]))
    _stored(restored, table)
    assert table == {}


def test_a_restored_join_keeps_ticks_and_revisions() -> None:
    join = Join()
    join.add(*_message())
    _ticked(join, MAX_WAIT_TICKS - 1)
    table: dict[bytes, bytes] = {}
    _stored(join, table)
    join = Join.restore(table.items())
    assert join.tick() == [ORIGIN]
    assert put_together(join.take([ORIGIN])).revisions == [1]
    _stored(join, table)
    join = Join.restore(table.items())
    assert join.undecided() == 0
    for block in _blocks()[1:]:
        done = join.add(*block)
    assert done == [ORIGIN]
    assert put_together(join.take([ORIGIN])).revisions == [2]


def test_a_copy_leaves_its_original_as_it_was() -> None:
    join = Join()
    blocks = _blocks()
    for block in blocks[:2]:
        join.add(*block)
    before = repr(join.waiting)
    copy = join.copy()
    for block in blocks[2:]:
        copy.add(*block)
    copy.tick()
    copy.take([ORIGIN])
    assert len(copy) == 0
    assert repr(join.waiting) == before


def test_the_context_is_that_of_the_message() -> None:
    (context,) = _decided(Join(), _blocks()).context
    assert list(context) == list(CONTEXT_COLUMNS)
    assert context["received_at"] == 1_736_150_400_000
