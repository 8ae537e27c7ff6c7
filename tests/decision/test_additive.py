"""A score is the sum of one entry of each table, the same however messages are batched."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.decision import additive
from detection_stream.decision.additive import AdditiveModel
from detection_stream.model.batch import FloatColumn
from tests.decision.made_models import NAMES, random_columns, random_model

SEEDS = st.integers(0, 1_000)


def _bin(edges: tuple[float, ...], value: float) -> int:
    if math.isnan(value):
        return len(edges) + 1
    return next((n for n, edge in enumerate(edges) if value <= edge), len(edges))


def _by_hand(model: AdditiveModel, columns: dict[str, FloatColumn], row: int) -> int:
    bins = [
        _bin(edges, float(columns[name][row]))
        for name, edges in zip(model.inputs, model.edges, strict=True)
    ]
    total = model.intercept
    for term in model.terms:
        single = term.first == term.second
        place = (bins[term.first],) if single else (bins[term.first], bins[term.second])
        total += int(term.entries[place])
    return total


@given(SEEDS, st.integers(1, 40))
def test_it_is_the_sum_of_its_entries(seed: int, size: int) -> None:
    model, columns = random_model(seed), random_columns(seed, size)
    assert model.score(columns, size).tolist() == [
        _by_hand(model, columns, row) for row in range(size)
    ]


@given(SEEDS, st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_batches_do_not_matter(seed: int, sizes: list[int]) -> None:
    model, size = random_model(seed), sum(sizes)
    columns = random_columns(seed, size)
    parts, start = [], 0
    for count in sizes:
        part = {name: column[start : start + count] for name, column in columns.items()}
        parts += model.score(part, count).tolist()
        start += count
    assert parts == model.score(columns, size).tolist()


def test_more_messages_than_are_scored_at_once() -> None:
    size = 2 * additive._CHUNK_ROWS + 3
    model, columns = random_model(1), random_columns(1, size)
    scores = model.score(columns, size)
    assert scores[-1] == _by_hand(model, columns, size - 1)


def test_an_absent_column_is_missing() -> None:
    model, columns = random_model(3), random_columns(3, 5)
    missing = {**columns, NAMES[2]: np.full(5, np.nan)}
    del columns[NAMES[2]]
    assert model.score(columns, 5).tolist() == model.score(missing, 5).tolist()
