"""The set of detectors of an engine."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detection_stream.detectors.detector import Detector, State
from detection_stream.detectors.kleene import BoolColumn
from detection_stream.detectors.linear_model import load_model
from detection_stream.detectors.loader import load_rule
from detection_stream.detectors.signal_columns import SignalColumns
from detection_stream.errors import RuleError
from detection_stream.model.batch import FloatColumn

RULES_DIRECTORY: Final = Path(__file__).parent / "rules"
MODELS_DIRECTORY: Final = Path(__file__).parent / "models"

Scores = NDArray[np.float64]
"""Scores (0 to 1) of messages by detectors; NaN is no opinion."""


@dataclass(frozen=True)
class DetectorSet:
    """Detectors in the order of their ids."""

    detectors: tuple[Detector, ...]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the detectors, in the order of the columns of `evaluate`."""
        return tuple(detector.id for detector in self.detectors)

    @cached_property
    def by_id(self) -> dict[str, Detector]:
        """The detectors by their ids."""
        return {detector.id: detector for detector in self.detectors}

    @cached_property
    def signals_used(self) -> frozenset[str]:
        """The names of all signals that the detectors read."""
        return frozenset(name for one in self.detectors for name in one.signals_listed)

    @cached_property
    def attack_types(self) -> NDArray[np.str_]:
        """The attack type of each detector."""
        return np.array([one.attack_type for one in self.detectors])

    @cached_property
    def active(self) -> BoolColumn:
        """Which of the detectors are active."""
        return np.array([one.state is State.ACTIVE for one in self.detectors], dtype=np.bool_)

    @cached_property
    def thresholds(self) -> FloatColumn:
        """The threshold of each detector."""
        return np.array([one.threshold for one in self.detectors], dtype=np.float64)

    @cached_property
    def version(self) -> str:
        """A short hash of the detectors, excluding their names, descriptions and tests."""
        content = [detector.content() for detector in self.detectors]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    def evaluate(self, columns: Mapping[str, FloatColumn], size: int) -> Scores:
        """The score of each message by each detector: an array of (`size`, detectors)."""
        scores = np.full((size, len(self.detectors)), np.nan, order="F")
        shared = SignalColumns(columns, size)
        for index, detector in enumerate(self.detectors):
            scores[:, index] = detector.score(shared)
        return scores

    def hits(self, scores: Scores) -> BoolColumn:
        """Which scores reach the threshold of their detector."""
        reached: BoolColumn = scores >= self.thresholds
        return reached


def load_detector(path: Path, signals: Collection[str] | None = None) -> Detector:
    """Read one detector: a rule (``.yml``) or a model (``.json``).

    Raises:
        RuleError: the file is neither.
    """
    if path.suffix == ".json":
        return load_model(path, None if signals is None else frozenset(signals))
    return load_rule(path, signals)


def load_detectors(
    directory: Path | None = None, signals: Collection[str] | None = None
) -> DetectorSet:
    """Read the detectors of a directory; by default, those of this package.

    With ``signals``, the names of all existing signals, reading any other is an error.

    Raises:
        RuleError: one cannot be read, or there is none.
    """
    directories = [RULES_DIRECTORY, MODELS_DIRECTORY] if directory is None else [directory]
    paths = [
        path for place in directories for end in ("yml", "json") for path in place.glob(f"*.{end}")
    ]
    if not paths:
        raise RuleError(f"{directory}: no detectors; use a directory of .yml and .json files")
    for place in directories:
        if ignored := sorted(place.glob("*.yaml")):
            raise RuleError(f"{ignored[0]}: rename it to end in .yml")
    return detector_set([load_detector(path, signals) for path in paths])


def detector_set(detectors: Sequence[Detector]) -> DetectorSet:
    """Detectors in the order of their ids.

    Raises:
        RuleError: two have the same id.
    """
    ordered = sorted(detectors, key=lambda detector: detector.id)
    for one, other in pairwise(ordered):
        if one.id == other.id:
            raise RuleError(f"{one.id} is the id of two detectors; rename one of the files")
    return DetectorSet(tuple(ordered))
