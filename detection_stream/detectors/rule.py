"""One detection rule: what it detects, its weight, and its tests."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from detection_stream.detectors.detector import State
from detection_stream.detectors.expression import Expression
from detection_stream.detectors.kleene import BoolColumn
from detection_stream.detectors.signal_columns import SignalColumns
from detection_stream.errors import RuleError
from detection_stream.model.batch import FloatColumn


@dataclass(frozen=True)
class RuleTest:
    """Signals of one message, whether the rule must fire on it, and whether eased.

    Signals not given have a default: those that the rule uses as flags (where a
    condition is expected) are 0, all others are missing.
    """

    name: str
    signals: Mapping[str, float]
    fires: bool
    eased: bool = False


EASING = 0.6
"""Share of its confidence that an eased rule keeps: too little for an alert alone, enough for one
together with a second doubt."""


@dataclass(frozen=True)
class Rule:
    """A detector that fires where `when` is certainly true and `unless` is certainly false.

    Where `eased_by` is certainly true as well, it keeps `EASING` of its confidence: an earlier
    relation makes an attack less likely, but excuses none.

    `confidence` is its score where it fires: 0.9 is nearly certain alone, 0.6 suspicious alone, 0.3
    a hint. Elsewhere it has no opinion.
    """

    form: ClassVar[str] = "rule"

    id: str
    name: str
    description: str
    attack_type: str
    severity: str
    confidence: float
    techniques: tuple[str, ...]
    when: Expression
    unless: Expression | None
    eased_by: Expression | None
    tests: tuple[RuleTest, ...]
    state: State = State.ACTIVE

    @property
    def threshold(self) -> float:
        """Any message that the rule fires on is a hit."""
        return self.confidence if self.eased_by is None else self._eased

    @property
    def constant_score(self) -> float | None:
        """Its score wherever it fires; None if it can be eased."""
        return self.confidence if self.eased_by is None else None

    @property
    def _eased(self) -> float:
        return round(self.confidence * EASING, 6)

    def score(self, columns: SignalColumns) -> FloatColumn:
        """The confidence, eased or not, where the rule fires, NaN elsewhere."""
        fires = self.fires_in(columns)
        if not np.count_nonzero(fires):
            return columns.constant(math.nan)
        scores = np.where(fires, self.confidence, np.nan)
        if self.eased_by is not None:
            scores[fires & self.eased_by.fires_in(columns)] = self._eased
        return scores

    def content(self) -> dict[str, Any]:
        """Everything that determines its scores."""
        content = {
            "id": self.id,
            "attack_type": self.attack_type,
            "severity": self.severity,
            "confidence": self.confidence,
            "techniques": self.techniques,
            "when": self.when.source,
            "unless": self.unless.source if self.unless else None,
            **({"eased_by": self.eased_by.source} if self.eased_by else {}),
        }
        return content if self.state is State.ACTIVE else {**content, "state": self.state}

    @property
    def signals_used(self) -> frozenset[str]:
        """The names of all signals that the rule reads."""
        return frozenset().union(*(one.signals_used for one in self._expressions))

    @cached_property
    def signals_listed(self) -> list[str]:
        """The names of all signals that the rule reads, in order."""
        return sorted(self.signals_used)

    @property
    def flags(self) -> frozenset[str]:
        """The names of the signals that the rule reads as conditions."""
        return frozenset().union(*(one.flags for one in self._expressions))

    @property
    def _expressions(self) -> list[Expression]:
        return [one for one in (self.when, self.unless, self.eased_by) if one is not None]

    def fires(self, columns: Mapping[str, FloatColumn], size: int) -> BoolColumn:
        """On which messages of a batch the rule fires."""
        return self.fires_in(SignalColumns(columns, size))

    def fires_in(self, columns: SignalColumns) -> BoolColumn:
        """The same over columns that several detectors share."""
        yes = self.when.fires_in(columns)
        if self.unless is not None and np.count_nonzero(yes):
            # Fires if `when` is certainly true and `unless` certainly false.
            yes = yes & self.unless.truth_in(columns).no
        return yes

    def columns_of(self, test: RuleTest) -> dict[str, FloatColumn]:
        """The one-row columns of a test."""
        values = {**dict.fromkeys(self.flags, 0.0), **test.signals}
        return {name: np.array([value]) for name, value in values.items()}

    def check(self) -> None:
        """Run the tests of the rule."""
        for test in self.tests:
            score = float(self.score(SignalColumns(self.columns_of(test), 1))[0])
            wanted = self._eased if test.eased else self.confidence
            if score == wanted if test.fires else math.isnan(score):
                continue
            did = "did not fire" if math.isnan(score) else f"fired with {score:g}"
            raise RuleError(
                f"{self.id}.yml: tests: the rule {did} on {test.name!r}; "
                "correct `when`, `unless`, `eased_by` or the test"
            )
