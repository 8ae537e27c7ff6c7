"""The registry of signals, filled by the two decorators below."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from detection_stream import signals as package
from detection_stream.model.batch import FloatColumn, Rows
from detection_stream.profiles.records import Records
from detection_stream.signals.message_batch import MessageBatch

Type = Literal["flag", "count", "days", "hours", "ratio"]
Combine = Literal["max", "min"]


@dataclass(frozen=True)
class Signal:
    """One documented number about a message.

    ``level`` is ``message`` or a role of ``model.observation``. A ``flag`` is 0 or 1; NaN means
    unknown. A message with several rows of a level (one per recipient,
    say) gets the ``combine`` of them.
    """

    name: str
    level: str
    type: Type
    combine: Combine
    description: str
    function: Callable[..., FloatColumn]


_SIGNALS: dict[str, Signal] = {}

MessageFunction = Callable[[MessageBatch], FloatColumn]
ProfileFunction = Callable[[Records, Rows], FloatColumn]


def message_signal(kind: Type) -> Callable[[MessageFunction], MessageFunction]:
    """Register a signal of the message itself; the docstring's first line describes it."""
    return _register("message", kind, "max")


def profile_signal(
    level: str, kind: Type, combine: Combine = "max"
) -> Callable[[ProfileFunction], ProfileFunction]:
    """Register a signal read from a profile row, as it was before the message."""
    return _register(level, kind, combine)


def _register(level: str, kind: Type, combine: Combine) -> Callable[[Any], Any]:
    def register(function: Callable[..., FloatColumn]) -> Callable[..., FloatColumn]:
        name = f"{level}.{function.__name__}"
        if name in _SIGNALS:
            raise ValueError(f"the signal {name} is defined twice")
        description = (function.__doc__ or "").strip().splitlines()[0]
        _SIGNALS[name] = Signal(name, level, kind, combine, description, function)
        return function

    return register


@cache
def all_signals() -> tuple[Signal, ...]:
    """Every signal of every module in this package, by name."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return tuple(_SIGNALS[name] for name in sorted(_SIGNALS))


@cache
def signals_of(level: str) -> tuple[Signal, ...]:
    """The signals of one level, by name."""
    return tuple(signal for signal in all_signals() if signal.level == level)
