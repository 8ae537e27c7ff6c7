"""The set of detectors that an engine runs."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from detection_stream.detectors.compiler import Frame
from detection_stream.detectors.kleene import BoolColumn, FloatColumn
from detection_stream.detectors.loader import load_rule
from detection_stream.detectors.rule import Rule
from detection_stream.errors import RuleError

RULES_DIRECTORY: Final = Path(__file__).parent / "rules"


@dataclass(frozen=True)
class DetectorSet:
    """Rules in the order of their ids."""

    rules: tuple[Rule, ...]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the rules, in the order of the columns of `evaluate`."""
        return tuple(rule.id for rule in self.rules)

    @cached_property
    def signals_used(self) -> frozenset[str]:
        """The names of all signals that the rules read."""
        return frozenset[str]().union(*(rule.signals_used for rule in self.rules))

    @cached_property
    def version(self) -> str:
        """A short hash of what the rules detect; their tests do not change it."""
        content = [
            {
                "id": rule.id,
                "name": rule.name,
                "description": rule.description,
                "attack_type": rule.attack_type,
                "severity": rule.severity,
                "confidence": rule.confidence,
                "techniques": rule.techniques,
                "when": rule.when.source,
                "unless": rule.unless.source if rule.unless else None,
            }
            for rule in self.rules
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    def evaluate(self, columns: Mapping[str, FloatColumn], size: int) -> BoolColumn:
        """Which detectors fire on which messages: an array of (`size`, detectors)."""
        fired = np.zeros((size, len(self.rules)), dtype=np.bool_)
        frame = Frame(columns, size)
        for index, rule in enumerate(self.rules):
            fired[:, index] = rule.fires_in(frame)
        return fired


def load_rules(
    directory: Path | None = None, signals: Collection[str] | None = None
) -> DetectorSet:
    """Read the rules (``*.yml``) of a directory; without one, the rules of this package.

    With `signals`, the names of all signals that exist, a rule that uses another is an error.
    """
    directory = RULES_DIRECTORY if directory is None else directory
    paths = sorted(directory.glob("*.yml"), key=lambda path: path.stem)
    if not paths:
        raise RuleError(f"{directory}: no rules; give a directory that contains .yml files")
    if ignored := sorted(directory.glob("*.yaml")):
        raise RuleError(f"{ignored[0]}: rename it to end in .yml")
    return DetectorSet(tuple(load_rule(path, signals) for path in paths))
