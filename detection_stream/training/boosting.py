"""Fits boosted trees with LightGBM, which is installed with the extra ``train``."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detection_stream.data_files import load_data
from detection_stream.decision.additive import AdditiveModel
from detection_stream.decision.decision_model import RULE_PREFIX
from detection_stream.detectors.registry import load_detectors
from detection_stream.errors import InputError
from detection_stream.model.batch import FloatColumn
from detection_stream.training.tables import additive

MAX_BINS: Final = 32
TYPE_ROUNDS: Final = 60
_TYPE_RATE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Settings:
    """How to fit: number of trees, what each adds, and the seed of all that is drawn."""

    trees: int = 800
    rate: float = 0.05
    seed: int = 1


def lightgbm() -> Any:
    """The library.

    Raises:
        InputError: it is not installed.
    """
    try:
        import lightgbm as library
    except ImportError as error:
        raise InputError(
            "training needs LightGBM; install it with: pip install 'detection-stream[train]'"
        ) from error
    return library


def directions(inputs: Sequence[str]) -> list[int]:
    """For each input -1 if it only lowers the probability of harm, 1 if it only raises it, else 0.

    A rule only raises it, unless it is for graymail.
    """
    signs = _signs()
    return [signs.get(name, 0) for name in inputs]


@cache
def _signs() -> Mapping[str, int]:
    said: Mapping[str, list[str]] = load_data("detection_stream.training", "directions.yml")
    signs = {**dict.fromkeys(said["lowers"], -1), **dict.fromkeys(said["raises"], 1)}
    for rule in load_detectors().detectors:
        signs[RULE_PREFIX + rule.id] = int(rule.attack_type != "graymail")
    return signs


def type_weights(types: NDArray[np.str_]) -> FloatColumn:
    """Weights that bring attack types nearer to each other: one over the root of their number."""
    weights = np.ones(len(types))
    counts = Counter(types[types != ""].tolist())
    mean = np.mean(list(counts.values())) if counts else 1.0
    for name, count in counts.items():
        weights[types == name] = (mean / count) ** 0.5
    return weights


def _options(settings: Settings, depth: int) -> dict[str, Any]:
    return {
        "learning_rate": settings.rate,
        "max_depth": depth,
        "num_leaves": 1 << depth,
        "max_bin": MAX_BINS,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "seed": settings.seed,
        # The same trees on every run.
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def fit_score(
    inputs: Sequence[str],
    values: NDArray[np.float64],
    harmful: NDArray[np.bool_],
    weights: FloatColumn,
    settings: Settings,
    *,
    explains: bool = False,
) -> AdditiveModel:
    """A model whose score is the log-odds of harm; ``values`` has shape (messages, inputs).

    Only one that ``explains`` has pairs apart from single inputs; its scores are the same.
    """
    options = {
        **_options(settings, 2),
        "objective": "binary",
        "monotone_constraints": directions(inputs),
    }
    dumped = _fitted(options, values, harmful.astype(np.float64), weights, settings.trees)
    trees = [tree["tree_structure"] for tree in dumped["tree_info"]]
    return additive(trees, inputs, values if explains else None)


def fit_types(
    inputs: Sequence[str], values: NDArray[np.float64], types: NDArray[np.str_], settings: Settings
) -> dict[str, AdditiveModel]:
    """A model for each attack type that occurs, whose scores tell the types apart."""
    names, numbers = np.unique(types, return_inverse=True)
    if len(names) < 2:
        return {str(name): additive([], inputs) for name in names}
    options = {**_options(settings, 1), "objective": "multiclass", "num_class": len(names)}
    options |= {"learning_rate": _TYPE_RATE, "min_data_in_leaf": 5}
    targets = numbers.astype(np.float64)
    dumped = _fitted(options, values, targets, type_weights(types), TYPE_ROUNDS)
    trees: list[list[Any]] = [[] for _ in names]
    for number, tree in enumerate(dumped["tree_info"]):
        trees[number % len(names)].append(tree["tree_structure"])
    return {str(name): additive(own, inputs) for name, own in zip(names, trees, strict=True)}


def _fitted(
    options: dict[str, Any],
    values: NDArray[np.float64],
    targets: FloatColumn,
    weights: FloatColumn,
    rounds: int,
) -> dict[str, Any]:
    library = lightgbm()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about options of its own that it renames
        data = library.Dataset(values, targets, weight=weights, params={"verbosity": -1})
        dumped: dict[str, Any] = library.train(options, data, rounds).dump_model()
    return dumped
