"""Reads one rule from a YAML file, strictly: anything unknown is an error."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, NoReturn

import yaml

from detection_stream.detectors.compiler import suggestion
from detection_stream.detectors.detector import ATTACK_TYPES, SEVERITIES, State
from detection_stream.detectors.expression import Expression, compile_expression
from detection_stream.detectors.rule import Rule, RuleTest
from detection_stream.errors import RuleError

_OPTIONAL: Final = frozenset(("state", "unless", "eased_by"))
_REQUIRED: Final = frozenset(field.name for field in fields(Rule)) - _OPTIONAL
_TEST_KEYS: Final = frozenset(("name", "signals", "fires"))
_OPTIONAL_TEST_KEYS: Final = frozenset(("eased",))
_TECHNIQUE: Final = re.compile(r"T\d{4}(\.\d{3})?")
_ID: Final = re.compile(r"[a-z][a-z0-9_]*")


def load_rule(path: Path, signals: Collection[str] | None = None) -> Rule:
    """Read a rule; with `signals`, a name that is not among them is an error."""
    try:
        document = yaml.load(path.read_text("utf-8"), _UniqueKeyLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RuleError(f"{path}: cannot be read: {error}") from error
    reader = _MappingReader(str(path), document, _REQUIRED, _OPTIONAL)
    when = reader.expression("when", signals)
    unless = reader.expression("unless", signals) if "unless" in reader.values else None
    eased_by = reader.expression("eased_by", signals) if "eased_by" in reader.values else None
    used = frozenset[str]().union(
        *(one.signals_used for one in (when, unless, eased_by) if one is not None)
    )
    return Rule(
        id=reader.id(path.stem),
        name=reader.text("name"),
        description=reader.text("description"),
        attack_type=reader.choice("attack_type", ATTACK_TYPES),
        severity=reader.choice("severity", SEVERITIES),
        confidence=reader.confidence(),
        techniques=reader.techniques(),
        when=when,
        unless=unless,
        eased_by=eased_by,
        tests=reader.tests(used),
        state=State(reader.choice("state", [*State])) if "state" in reader.values else State.ACTIVE,
    )


class _UniqueKeyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # the one in C is optional
    """PyYAML lets a repeated key silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        problem=f"the key {key.value} is repeated", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


@dataclass(frozen=True)
class _MappingReader:
    """A mapping within a file, read key by key."""

    where: str
    values: Any
    required: frozenset[str]
    optional: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise RuleError(f"{self.where}: must be a mapping of {', '.join(sorted(self.keys))}")
        for key in self.values:
            if key not in self.keys:
                raise RuleError(f"{self.where}: unknown key {key}{suggestion(str(key), self.keys)}")
        for key in sorted(self.required):
            if key not in self.values:
                raise RuleError(f"{self.where}: the key {key} is missing; add it")

    @property
    def keys(self) -> frozenset[str]:
        return self.required | self.optional

    def refuse(self, key: str, problem: str) -> NoReturn:
        raise RuleError(f"{self.where}: {key}: {problem}")

    def text(self, key: str) -> str:
        value = self.values[key]
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, f"must be a string, not {value!r}")
        return value.strip()

    def id(self, stem: str) -> str:
        value = self.text("id")
        if value != stem or not _ID.fullmatch(value):
            self.refuse("id", f"{value} must equal the file name, in lower_case")
        return value

    def choice(self, key: str, options: Collection[str]) -> str:
        value = self.text(key)
        if value not in options:
            self.refuse(key, f"{value} is none of {', '.join(options)}{suggestion(value, options)}")
        return value

    def confidence(self) -> float:
        value = self.values["confidence"]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            self.refuse("confidence", f"must be a number above 0 and up to 1, not {value!r}")
        return float(value)

    def techniques(self) -> tuple[str, ...]:
        value = self.values["techniques"]
        if not isinstance(value, list):
            self.refuse("techniques", "must be a list of MITRE ATT&CK ids, possibly empty")
        for item in value:
            if not isinstance(item, str) or not _TECHNIQUE.fullmatch(item):
                self.refuse("techniques", f"{item!r} is not a MITRE ATT&CK id such as T1566.002")
        return tuple(value)

    def expression(self, key: str, signals: Collection[str] | None) -> Expression:
        return compile_expression(self.text(key), where=f"{self.where}: {key}", signals=signals)

    def tests(self, used: Collection[str]) -> tuple[RuleTest, ...]:
        value = self.values["tests"]
        if not isinstance(value, list) or not value:
            self.refuse("tests", "must be a list of tests with at least one entry")
        readers = (
            _MappingReader(f"{self.where}: tests[{index}]", item, _TEST_KEYS, _OPTIONAL_TEST_KEYS)
            for index, item in enumerate(value)
        )
        return tuple(reader.test(used) for reader in readers)

    def test(self, used: Collection[str]) -> RuleTest:
        signals, fires = self.values["signals"], self.values["fires"]
        if not isinstance(signals, Mapping):
            self.refuse("signals", "must be a mapping of signal names to numbers")
        if not isinstance(fires, bool):
            self.refuse("fires", f"must be true or false, not {fires!r}")
        eased = self.values.get("eased", False)
        if not isinstance(eased, bool) or (eased and not fires):
            self.refuse("eased", "must be true or false, and true only with fires: true")
        return RuleTest(
            self.text("name"),
            {name: self._signal(name, value, used) for name, value in signals.items()},
            fires,
            eased,
        )

    def _signal(self, name: object, value: object, used: Collection[str]) -> float:
        if name not in used:
            self.refuse("signals", f"the rule does not use {name}{suggestion(str(name), used)}")
        if value is None:
            return math.nan
        if not isinstance(value, int | float):
            self.refuse("signals", f"{name} must be a number, or null if missing, not {value!r}")
        return float(value)
