"""Why a message got its score: what each fact added, and which facts the verdict hangs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detection_stream.decision.additive import UNIT, AdditiveModel, Bins, Entries
from detection_stream.decision.decision_model import DecisionModel
from detection_stream.model.batch import FloatColumn

MIN_PROBABILITY: Final = 0.005
"""Less probable harm is not explained with each message; it can be from the signals."""
MAX_FOR, MAX_AGAINST = 8, 4
"""Facts told for and against; the rest is told as one sum."""
MAX_CANDIDATES, MAX_DECISIVE = 10, 6
"""Facts that may be decisive, and most facts of a decisive set."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why one message got its score; all figures are log-odds.

    ``base`` and what all ``facts`` and the ``rest`` add make the score of the message exactly, up
    to rounding to four digits. A fact has ``inputs`` (one or two), their ``values`` (None if
    missing), ``usual`` values, and what it ``adds``. ``decisive`` is the smallest set of inputs
    found without which, at their usual values, the message would not be harmful.
    """

    base: float
    facts: list[dict[str, Any]]
    rest: float
    decisive: list[str]

    def described(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "base": self.base, "facts": self.facts, "rest": self.rest, "decisive": self.decisive,
        }  # fmt: skip


def reasons(
    model: DecisionModel, columns: Mapping[str, FloatColumn], rows: Sequence[int], harmful: float
) -> list[Reasons]:
    """Reasons for some rows of a batch; ``harmful`` is the probability from which it is one."""
    part = {name: columns[name][list(rows)] for name in model.inputs if name in columns}
    bins = model.score.bins(part, len(rows))
    added = model.score.contributions(bins)
    return [
        _reasons(model, part, bins[place], added[place], place, harmful)
        for place in range(len(rows))
    ]


def _reasons(
    model: DecisionModel,
    part: Mapping[str, FloatColumn],
    bins: Bins,
    added: Entries,
    place: int,
    harmful: float,
) -> Reasons:
    score, scale = model.score, model.slope / UNIT
    order = np.argsort(-added, kind="stable").tolist()
    told = [number for number in order[:MAX_FOR] if added[number] > 0]
    told += [number for number in order[::-1][:MAX_AGAINST] if added[number] < 0]
    facts = []
    for number in told:
        term = score.terms[number]
        names = [score.inputs[at] for at in dict.fromkeys((term.first, term.second))]
        facts.append(
            {
                "inputs": names,
                "values": [_value(part, name, place) for name in names],
                "usual": [model.usual.get(name) for name in names],
                "adds": round(float(added[number]) * scale, 4),
            }
        )
    total = float(added.sum()) * scale
    base = round(score.intercept * scale + model.shift, 4)
    rest = round(total - sum(float(added[number]) for number in told) * scale, 4)
    return Reasons(base, facts, rest, _decisive(model, bins, added, harmful))


def _value(part: Mapping[str, FloatColumn], name: str, place: int) -> float | None:
    column = part.get(name)
    value = float("nan") if column is None else float(column[place])
    return None if np.isnan(value) else value


def _decisive(model: DecisionModel, bins: Bins, added: Entries, harmful: float) -> list[str]:
    """The smallest set of inputs, at most ``MAX_DECISIVE``, that the verdict hangs on."""
    score = model.score
    if _probability(model, bins[None, :])[0] < harmful:
        return []
    usual = model.usual_bins
    candidates = _candidates(score, added, np.not_equal(bins, usual))
    for size in (1, 2):
        sets = list(combinations(candidates, size))
        if not sets:
            break
        without = np.repeat(bins[None, :], len(sets), axis=0)
        for row, chosen in enumerate(sets):
            without[row, list(chosen)] = usual[list(chosen)]
        chances = _probability(model, without)
        if chances.min() < harmful:
            return [score.inputs[at] for at in sets[int(np.argmin(chances))]]
    left = bins.copy()
    names: list[str] = []
    for at in candidates[:MAX_DECISIVE]:
        left[at] = usual[at]
        names.append(score.inputs[at])
        if _probability(model, left[None, :])[0] < harmful:
            return names
    return []


def _probability(model: DecisionModel, bins: Bins) -> FloatColumn:
    score = model.score
    return model.probability(score.contributions(bins).sum(axis=1) + score.intercept)


def _candidates(score: AdditiveModel, added: Entries, unusual: NDArray[np.bool_]) -> list[int]:
    """Inputs with unusual values, those first that add most with all their terms."""
    totals = np.zeros(len(score.inputs), dtype=np.int64)
    for number, term in enumerate(score.terms):
        for at in {term.first, term.second}:
            totals[at] += added[number]
    order = np.argsort(-totals, kind="stable").tolist()
    return [at for at in order if unusual[at] and totals[at] > 0][:MAX_CANDIDATES]
