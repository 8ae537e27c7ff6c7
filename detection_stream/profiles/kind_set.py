"""The kinds of profile of one stage, and the observations that they learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detection_stream.model.batch import IntColumn
from detection_stream.profiles.kind import Kind
from detection_stream.profiles.observation import COMMON, FIELDS, ObservationType, ObservedField


@dataclass(frozen=True)
class KindSet:
    """Kinds by name; no two have an observation of the same role.

    Raises:
        ValueError: two do, or one names an unknown field.
    """

    kinds: tuple[Kind, ...]

    def __post_init__(self) -> None:
        names = [observed.role for observed in self.observations]
        if len(set(names)) < len(names):
            raise ValueError(f"a role is given twice among {', '.join(names)}")
        for observed in self.observations:
            if unknown := set(observed.fields) - FIELDS.keys():
                raise ValueError(f"{observed.role}: unknown field {', '.join(unknown)}")

    def __getitem__(self, name: str) -> Kind:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Kind]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)

    @cached_property
    def _by_name(self) -> dict[str, Kind]:
        return {kind.name: kind for kind in self.kinds}

    @property
    def names(self) -> list[str]:
        """Their names, in order."""
        return list(self._by_name)

    @cached_property
    def observations(self) -> tuple[ObservationType, ...]:
        """The observations of all kinds, in order."""
        return tuple(observed for kind in self.kinds for observed in kind.observations)

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The roles that send signals: each is a level besides ``message``."""
        return tuple(observed.role for observed in self.observations if observed.signals)

    @cached_property
    def kind_of(self) -> dict[str, Kind]:
        """The kind of entity of each role."""
        return {observed.role: kind for kind in self.kinds for observed in kind.observations}

    @cached_property
    def columns(self) -> dict[str, ObservedField]:
        """The columns of observations: the common ones and every field used by one."""
        used = {name for observed in self.observations for name in observed.fields}
        return COMMON | {name: field for name, field in FIELDS.items() if name in used}

    @cached_property
    def column_types(self) -> dict[str, type]:
        """The type of each column."""
        return {name: field.type for name, field in self.columns.items()}

    def numbered(self, roles: list[str]) -> tuple[IntColumn, IntColumn]:
        """For each role the number of its kind here, and its code within the kind.

        Raises:
            KeyError: the role is unknown.
        """
        found = np.array([self._numbers[role] for role in roles], dtype=np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    @cached_property
    def _numbers(self) -> dict[str, tuple[int, int]]:
        return {
            role: (number, code)
            for number, kind in enumerate(self.kinds)
            for role, code in kind.codes.items()
        }
