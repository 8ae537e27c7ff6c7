"""Caches of what is computed from text or bytes that a sender chooses, bounded in bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

MAX_CACHED_LENGTH = 128
"""Characters of a cached string: longer than nearly all addresses and hosts.

An entry takes 700 bytes at most, so 16,384 of them 11 MB.
"""

_R = TypeVar("_R")
_K = TypeVar("_K", str, bytes)
_P = ParamSpec("_P")


def short_cache(
    entries: int, longest: int = MAX_CACHED_LENGTH
) -> Callable[[Callable[Concatenate[_K, _P], _R]], Callable[Concatenate[_K, _P], _R]]:
    """Cache results by the first argument and the others, which must be bounded.

    Results for those of more than ``longest`` characters are computed each time: a cache that
    counts entries alone would hold gigabytes of what one sender wrote.
    """

    def decorate(
        function: Callable[Concatenate[_K, _P], _R],
    ) -> Callable[Concatenate[_K, _P], _R]:
        cached = lru_cache(entries)(function)

        @wraps(function)
        def call(text: _K, /, *others: _P.args, **named: _P.kwargs) -> _R:
            if len(text) > longest:
                return function(text, *others, **named)
            return cached(text, *others, **named)  # type: ignore[arg-type] # the others are hashable

        call.cached = cached  # type: ignore[attr-defined] # for tests, which look at its size
        return call

    return decorate
