"""A logistic regression over signals: the simplest detector that is not a rule."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from msgspec import Meta, Struct

from detection_stream.detectors.compiler import suggestion
from detection_stream.detectors.detector import ATTACK_TYPES, SEVERITIES, State
from detection_stream.detectors.logistic import logistic
from detection_stream.detectors.signal_columns import SignalColumns
from detection_stream.errors import RuleError
from detection_stream.model.batch import FloatColumn

_Share = Annotated[float, Meta(ge=0, le=1)]
_Text = Annotated[str, Meta(min_length=1)]


class Weight(Struct, forbid_unknown_fields=True, frozen=True):
    """A signal's term in the sum: its value times ``weight``, or ``missing`` if it is missing."""

    weight: float
    missing: float = 0.0


class ModelTest(Struct, forbid_unknown_fields=True, frozen=True):
    """Signals of one message (the others are missing), and the bounds of the model's score."""

    name: _Text
    signals: dict[str, float | None]
    at_least: _Share = 0.0
    at_most: _Share = 1.0


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    id: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
    name: _Text
    description: _Text
    attack_type: str
    severity: str
    threshold: Annotated[float, Meta(gt=0, le=1)]
    intercept: float
    weights: Annotated[dict[str, Weight], Meta(min_length=1)]
    tests: Annotated[list[ModelTest], Meta(min_length=1)]
    techniques: tuple[str, ...] = ()
    state: State = State.ACTIVE


@dataclass(frozen=True)
class LinearModel:
    """A detector whose score is the logistic function of a weighted sum of signals.

    The sum is taken in name order, so that it is bit-identical everywhere.
    """

    form: ClassVar[str] = "model"

    id: str
    name: str
    description: str
    attack_type: str
    severity: str
    techniques: tuple[str, ...]
    state: State
    threshold: float
    intercept: float
    weights: dict[str, Weight]
    tests: tuple[ModelTest, ...]
    constant_score: None = None

    @property
    def signals_listed(self) -> list[str]:
        """The names of the signals that have a weight."""
        return sorted(self.weights)

    def score(self, columns: SignalColumns) -> FloatColumn:
        """A score for every message, to six digits."""
        total = np.full(columns.size, self.intercept)
        for name in self.signals_listed:
            column, weight = columns.column(name), self.weights[name]
            total = total + np.where(np.isnan(column), weight.missing, column * weight.weight)
        return np.round(logistic(total), 6)

    def content(self) -> dict[str, Any]:
        """Everything but name, description and tests."""
        content: dict[str, Any] = msgspec.to_builtins(self)
        for key in ("name", "description", "tests", "constant_score"):
            del content[key]
        return content

    def check(self) -> None:
        """Run the tests of the model.

        Raises:
            RuleError: a score is not within its bounds.
        """
        for test in self.tests:
            columns = {
                name: np.array([np.nan if value is None else value])
                for name, value in test.signals.items()
            }
            score = float(self.score(SignalColumns(columns, 1))[0])
            if not test.at_least <= score <= test.at_most:
                raise RuleError(
                    f"{self.id}.json: tests: {test.name!r} scores {score}, not {test.at_least} to "
                    f"{test.at_most}; correct the weights or the test"
                )


def load_model(path: Path, signals: frozenset[str] | None = None) -> LinearModel:
    """Read a model; with ``signals``, any other name is an error.

    Raises:
        RuleError: the file is not such a model.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.MsgspecError) as error:
        raise RuleError(f"{path}: no model: {error}") from error
    if found.id != path.stem:
        raise RuleError(f"{path}: id: {found.id} must be the name of the file")
    for key, options in (("attack_type", ATTACK_TYPES), ("severity", SEVERITIES)):
        if (value := getattr(found, key)) not in options:
            hint = suggestion(value, options)
            raise RuleError(f"{path}: {key}: {value} is none of {', '.join(options)}{hint}")
    used = {name for test in found.tests for name in test.signals}
    for name in sorted(found.weights.keys() | used):
        if signals is not None and name not in signals:
            raise RuleError(f"{path}: unknown signal {name}{suggestion(name, signals)}")
        if name not in found.weights:
            raise RuleError(f"{path}: tests: the model does not use {name}")
    fields = {name: getattr(found, name) for name in _File.__struct_fields__}
    return LinearModel(**{**fields, "tests": tuple(found.tests)})
