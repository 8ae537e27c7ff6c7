"""Every cache of what a sender writes is bounded in bytes, not only in entries."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import detection_stream
from detection_stream.short_cache import short_cache

_ROOT = Path(detection_stream.__file__).parent
_READERS = ("parsing", "signals", "stages", "profiles", "decision")
_OPERATOR = {"stages/tenants.py:_said", "stages/decision.py:_unpacked"}
"""Caches whose keys come from the operator."""


def _functions(decorator: str) -> Iterator[tuple[Path, str]]:
    for package in _READERS:
        for path in sorted((_ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef):
                    for found in node.decorator_list:
                        called = found.func if isinstance(found, ast.Call) else found
                        if isinstance(called, ast.Name) and called.id == decorator:
                            yield path.relative_to(_ROOT), node.name


def _loaded(path: Path, name: str) -> Any:
    module = ".".join(("detection_stream", *path.with_suffix("").parts))
    return getattr(import_module(module), name)


_SHORT = list(_functions("short_cache"))


def test_caches_of_entries_alone_have_keys_of_the_operator() -> None:
    assert {f"{path}:{name}" for path, name in _functions("lru_cache")} <= _OPERATOR


@pytest.mark.parametrize(("path", "name"), _SHORT, ids=[f"{path}:{name}" for path, name in _SHORT])
def test_long_strings_are_not_kept(path: Path, name: str) -> None:
    function = _loaded(path, name)
    first, *rest = _kinds(function)
    others = [frozenset[str]() if part == "frozenset[str]" else "x" for part in rest]
    short, long = "192.0.2.1", "x" * 600
    function(short.encode() if first == "bytes" else short, *others)
    before = function.cached.cache_info().currsize
    assert before
    with suppress(ValueError):  # of what is no address
        function(long.encode() if first == "bytes" else long, *others)
    assert function.cached.cache_info().currsize == before


def _kinds(function: Any) -> list[str]:
    parameters = signature(function).parameters.values()
    return [str(parameter.annotation) for parameter in parameters]


def test_results_of_long_strings_are_right() -> None:
    doubled = short_cache(2, longest=3)(lambda text: text * 2)
    assert [doubled(text) for text in ("a", "abcd", "a")] == ["aa", "abcdabcd", "aa"]
