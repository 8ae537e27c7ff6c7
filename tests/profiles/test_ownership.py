"""Only proof teaches a history that somebody has proven."""

from __future__ import annotations

from typing import Any

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.ownership import CLAIMED, NOT_LEARNT, PROVEN
from detection_stream.profiles.records import Records

DAY = 86_400
ADDRESS, PAIR = KINDS["address"], KINDS["pair"]


def seen(role: str, proof: int, day: int, **fields: int) -> Rows:
    given = {**fields, "proof": proof, "seconds": day * DAY, "clock": day * DAY, "at": 0}
    columns: dict[str, Any] = {
        name: np.array([given.get(name, 0)], dtype=kind)
        for name, kind in KINDS.column_types.items()
        if kind is not str
    }
    for name in ("seconds", "clock"):
        columns[name] = np.array([given[name]])
    kind = KINDS.kind_of[role]
    return Rows(1, {**columns, "role": np.array([kind.codes[role]])})


def learn(row: Records, *observations: Rows) -> Records:
    kind = ADDRESS if row.dtype == ADDRESS.row.dtype else PAIR
    for one in observations:
        kind.update(row, one)
    return row


def test_claims_leave_the_history_of_an_owner_alone() -> None:
    owner = learn(ADDRESS.row.empty(1), *(seen("sender", PROVEN, day) for day in range(100, 110)))
    before = owner.copy()
    learn(owner, *(seen("sender", CLAIMED, 200, recipient=7) for _ in range(30)))
    apart = {"claimed", "claimed_first", "claimed_last", "touched"}
    for name in owner.dtype.names or ():
        assert name in apart or (owner[name] == before[name]).all(), name
    assert owner["claimed"][0] == 30


def test_a_claim_sees_only_claims() -> None:
    row = learn(ADDRESS.row.empty(1), *(seen("sender", PROVEN, day) for day in range(100, 110)))
    claim = seen("sender", CLAIMED, 200)
    assert ADDRESS.as_seen_by(row, claim)["count"][0] == 0
    learn(row, claim)
    visible = ADDRESS.as_seen_by(row, seen("sender", CLAIMED, 201))
    assert (visible["count"][0], visible["first_seen"][0]) == (1, 200 * DAY)
    assert visible["written_to"][0] == 0
    assert ADDRESS.as_seen_by(row, seen("sender", PROVEN, 201))["count"][0] == 10


def test_who_never_proves_anything_has_a_history_too() -> None:
    row = learn(ADDRESS.row.empty(1), *(seen("sender", CLAIMED, day) for day in range(100, 110)))
    assert ADDRESS.as_seen_by(row, seen("sender", CLAIMED, 120))["count"][0] == 10


def test_false_claims_of_an_own_address_teach_nothing_but_their_count() -> None:
    row = learn(ADDRESS.row.empty(1), seen("sender", NOT_LEARNT, 100))
    assert (row["count"][0], row["claimed"][0]) == (0, 1)


def test_each_side_of_a_pair_has_its_own_owner() -> None:
    row = learn(PAIR.row.empty(1), seen("pair", PROVEN, 100, side=0))
    learn(row, seen("pair", CLAIMED, 101, side=0), seen("pair", CLAIMED, 101, side=1))
    assert row["side_count"][0].tolist() == [1, 1]
    learn(row, seen("pair", NOT_LEARNT, 102, side=1))
    assert row["side_count"][0].tolist() == [1, 1]


def test_a_far_date_teaches_nothing() -> None:
    row = ADDRESS.row.empty(1)
    early = seen("sender", PROVEN, 1_000)
    for seconds in (90_000 * DAY, 10 * DAY):
        far = Rows(1, {**early.columns, "seconds": np.array([seconds])})
        ADDRESS.update(row, far)
    assert row.tobytes() == ADDRESS.row.empty(1).tobytes()
