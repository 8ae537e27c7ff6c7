"""How much of an attack type is found by models that were trained without any of it.

    python -m tests.bench leave_out [--rows FILE ...] [--trees N]

By default on the rows that the general model is trained with. Harmless messages are split by
group: three quarters train, one quarter counts the false alerts. For comparison, the same type
found by a model that was trained with three quarters of its scenarios.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from detection_stream.decision.additive import UNIT
from detection_stream.model.batch import FloatColumn
from detection_stream.training.boosting import Settings, fit_score, type_weights
from detection_stream.training.dataset import (
    GENERAL_ROWS,
    TrainingRows,
    concatenate_rows,
    kept_rows,
)
from detection_stream.training.decision import all_inputs, recall_at

RATES = (0.01, 0.001)


def main(arguments: Sequence[str]) -> None:
    """Print a line for each type, and the means."""
    parser = ArgumentParser(prog="tests.bench leave_out")
    parser.add_argument("--rows", type=Path, nargs="+", default=[GENERAL_ROWS])
    parser.add_argument("--trees", type=int, default=400)
    given = parser.parse_args(arguments)
    inputs = all_inputs()
    rows = concatenate_rows([kept_rows(path, inputs) for path in given.rows])
    rows = rows.take(~rows.early)
    settings = Settings(given.trees)
    held = np.array([crc32(group.encode()) % 4 == 0 for group in rows.groups.tolist()])
    usual = _scores(rows, ~held, settings)
    print(f"{'type':24} {'messages':>8}  without it: 1/100 1/1,000   with it: 1/100 1/1,000")
    found = []
    for kind in sorted(set(rows.types[rows.harmful].tolist())):
        own = rows.types == kind
        scores = _scores(rows, ~held & ~own, settings)
        left = [_recall(rows, scores, held, own, rate) for rate in RATES]
        known = [_recall(rows, usual, held, own & held, rate) for rate in RATES]
        found.append((*left, *known))
        print(
            f"{kind:24} {own.sum():8} {left[0]:18.3f} {left[1]:7.3f} "
            f"{known[0]:16.3f} {known[1]:7.3f}",
            flush=True,
        )
    means = np.mean(found, axis=0)
    print(f"{'mean':24} {'':8} {means[0]:18.3f} {means[1]:7.3f} {means[2]:16.3f} {means[3]:7.3f}")


def _scores(rows: TrainingRows, inside: NDArray[np.bool_], settings: Settings) -> FloatColumn:
    part = rows.take(inside)
    weights = type_weights(part.types)
    model = fit_score(rows.inputs, part.values, part.harmful, weights, settings)
    columns = dict(zip(rows.inputs, rows.values.T, strict=True))
    return model.score(columns, len(rows)) / UNIT


def _recall(
    rows: TrainingRows,
    scores: FloatColumn,
    held: NDArray[np.bool_],
    attacks: NDArray[np.bool_],
    rate: float,
) -> float:
    counted = attacks | (held & ~rows.harmful)
    harmful = attacks[counted]
    return float(recall_at(scores[counted], harmful, rate)[harmful].mean())
