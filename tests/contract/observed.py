"""Observations for any kind of profile, from what the kinds declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from detection_stream.model.batch import Column, Rows
from detection_stream.profiles.kind import Kind
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.observation import COMMON, FIELDS, ObservationType
from detection_stream.profiles.ownership import CLAIMED, NOT_LEARNT, PROVEN

START = 20_000 * 86_400
"""Seconds since 1970 at which the observations begin."""
HASHES = [0, 1, 64, 65, 2**40 + 3, 2**53 - 1]


class Seen(NamedTuple):
    """One observation: of which entity, in which role, when (seconds), its fields."""

    entity: int
    role: str
    at: int
    fields: Mapping[str, float]


def seen(kind: Kind, entities: int = 3, most: int = 25) -> st.SearchStrategy[list[Seen]]:
    """Observations of a few entities, not always in the order of time."""
    seconds = st.integers(0, 40 * 86_400) | st.integers(0, 3_700)
    one = st.builds(
        Seen,
        st.integers(0, entities - 1),
        st.sampled_from([observed.role for observed in kind.observations]),
        seconds.map(lambda later: START + later),
        st.fixed_dictionaries({name: _values(name) for name in FIELDS}),
    )
    return st.lists(one, min_size=1, max_size=most)


def is_hash(name: str) -> bool:
    """Whether a field is a hash; the others are flags and sides: 0 or 1."""
    return FIELDS[name].words.startswith("hash")


def _values(name: str) -> st.SearchStrategy[Any]:
    if FIELDS[name].type is float:
        return st.sampled_from([0.0, 1.0, float("nan")])
    if name == "proof":
        return st.sampled_from([NOT_LEARNT, CLAIMED, PROVEN])
    return st.sampled_from(HASHES if is_hash(name) else [0, 1])


def rows_of(kind: Kind, observations: Sequence[Seen]) -> Rows:
    """Observations as columns, as ``Kind.update`` takes them."""
    at = np.array([one.at for one in observations], dtype=np.int64)
    columns: dict[str, Column] = {
        "role": np.array([kind.codes[one.role] for one in observations], dtype=np.int64),
        "seconds": at,
        "clock": at,
        "at": at * 1_000,
    }
    for name, field in KINDS.columns.items():
        if name in FIELDS:
            columns[name] = np.array([one.fields[name] for one in observations], dtype=field.type)
        elif field.type is str:
            columns.setdefault(name, ["x"] * len(observations))
        else:
            columns.setdefault(name, np.zeros(len(observations), dtype=np.int64))
    return Rows(len(observations), columns)


class Asked(dict[str, Column]):
    """Columns that note which of them are read."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        super().__init__(columns)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Column:
        self.names.add(name)
        return super().__getitem__(name)


def declared(observed: ObservationType, rows: Rows) -> Asked:
    """Nothing but what an observation of that role has."""
    known = {*COMMON, "seconds", "clock", *observed.fields}
    return Asked({name: column for name, column in rows.columns.items() if name in known})
