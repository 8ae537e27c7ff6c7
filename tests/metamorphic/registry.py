"""All transformations; a function with the decorator is one, in the benchmark and in the tests."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from tests.metamorphic import families
from tests.metamorphic.attack import Attack, Change, Delivery


@dataclass(frozen=True)
class Transformation:
    """One thing that a sender can do to any mail; ``text`` says what."""

    name: str
    family: str
    text: str
    change: Change

    def apply(self, attack: Attack) -> Delivery | None:
        """The attack as transformed; None if it does not apply to this one."""
        # A copy begins its chance anew, so that the order of transformations does not matter.
        changed = self.change(replace(attack))
        return changed if changed is None or isinstance(changed, Delivery) else Delivery(changed)


_ALL: dict[str, Transformation] = {}


def transformation(change: Change) -> Change:
    """Register a function under its name; the first line of its docstring describes it."""
    return register(change.__name__, (change.__doc__ or "").strip().splitlines()[0])(change)


def register(name: str, text: str) -> Callable[[Change], Change]:
    """Register a function under a name, for those made from a table."""

    def added(change: Change) -> Change:
        if name in _ALL:
            raise ValueError(f"the transformation {name} is defined twice")
        family = change.__module__.rpartition(".")[2]
        _ALL[name] = Transformation(name, family, text, change)
        return change

    return added


@cache
def transformations() -> dict[str, Transformation]:
    """Those of all modules of ``families``, by name."""
    for module in pkgutil.iter_modules(families.__path__):
        importlib.import_module(f"{families.__name__}.{module.name}")
    return dict(_ALL)
