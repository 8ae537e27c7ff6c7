"""No regular expression over what a sender writes takes more than linear time.

All of them are found by themselves, and applied as their module applies them to long repetitions
made of their own characters.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import detection_stream

_ROOT = Path(detection_stream.__file__).parent
_READERS = ("parsing", "signals", "stages", "profiles", "decision", "ingest", "web")
_METHODS = frozenset({"match", "search", "fullmatch", "sub", "split", "findall", "finditer"})
_SHORT = 1_000
_LONG = 8 * _SHORT
_MAX_UNITS = 8
_NEVER = "\x01"
"""A character that no expression expects, so that a match fails at the end."""

# Read fewer characters than this test gives them.
_BOUNDED = {
    "signals.identity._ADDRESS": 998,
    "parsing.dates._USUAL": 128,
    "signals.identity._RANDOM": 320,
}
# Reads what a decoder has accepted: in valid JSON every string ends.
_VALID_ONLY = frozenset({"parsing.json_cut._TOKEN"})


def _modules() -> Iterator[tuple[str, Path]]:
    for package in _READERS:
        for path in sorted((_ROOT / package).rglob("*.py")):
            parts = path.relative_to(_ROOT).with_suffix("").parts
            yield ".".join(("detection_stream", *parts)).removesuffix(".__init__"), path


def _expressions() -> dict[str, re.Pattern[Any]]:
    """Those of modules by name, and those given to functions of ``re`` by file and line."""
    found: dict[str, re.Pattern[Any]] = {}
    for name, path in _modules():
        for attribute, value in vars(import_module(name)).items():
            if isinstance(value, re.Pattern):
                found.setdefault(f"{name.removeprefix('detection_stream.')}.{attribute}", value)
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr in _METHODS
                and isinstance(node.args[0], ast.Constant)
            ):
                found[f"{name}:{node.lineno}"] = re.compile(node.args[0].value)
    return found


_EXPRESSIONS = _expressions()


def _anchored(name: str) -> str:
    """``match`` or ``fullmatch`` where the module uses nothing else, else empty."""
    module, _, attribute = name.rpartition(".")
    paths = {path for found, path in _modules() if found == f"detection_stream.{module}"}
    sources = "".join(path.read_text() for path in paths)
    used = set(re.findall(rf"\b{re.escape(attribute)}\.([a-z]+)\(", sources))
    return used.pop() if len(used) == 1 and used <= {"match", "fullmatch"} else ""


def _characters(expression: re.Pattern[Any]) -> list[str]:
    """Characters that parts of the expression tell from others, most telling first."""
    source = expression.pattern
    source = source.decode("latin-1") if isinstance(source, bytes) else source
    literal = re.sub(r"\\[a-zA-Z]|\(\?[a-zA-Z<!=:]+|[()\[\]{}|*+?^$]", " ", source)
    own = [character for character in dict.fromkeys(literal) if not character.isalnum()]
    letters = [character for character in dict.fromkeys(literal) if character.isalnum()]
    return [*dict.fromkeys([" ", "a", "1", "\n", *own[:10], *letters[:6]])]


def _words(expression: re.Pattern[Any]) -> list[str]:
    """Literal runs of the expression, which may have to come first."""
    source = expression.pattern
    source = source.decode("latin-1") if isinstance(source, bytes) else source
    source = re.sub(r"\\([^a-zA-Z])", r"\1", re.sub(r"\\[nrt]", "\n", source))
    found = re.findall(r"[\w<>=:;/@.\"'\-\n&#!]{2,}", source)
    return ["", *dict.fromkeys(found)][:12]


def _hostile(expression: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    characters = _characters(expression)
    words = _words(expression)
    units = [*characters, *words[1:]]
    units += ["".join(pair) for pair in product(characters[:_MAX_UNITS], repeat=2)]
    units += ["".join(pair) for pair in product(words[1:6], characters[:_MAX_UNITS])]
    for unit in dict.fromkeys(units):
        for first in words[:4]:
            yield first, unit


def _seconds(
    expression: re.Pattern[Any], first: str, unit: str, size: int, anchored: str = ""
) -> float:
    text: Any = first + unit * (size // len(unit)) + _NEVER
    if isinstance(expression.pattern, bytes):
        text = text.encode("latin-1", "replace")
    started = time.process_time()
    if anchored:
        getattr(expression, anchored)(text)
    else:
        for _ in expression.finditer(text):
            pass
    return time.process_time() - started


def _is_slow(
    expression: re.Pattern[Any], first: str, unit: str, size: int, anchored: str = ""
) -> bool:
    """Whether eight times the size takes far more than eight times as long."""
    if _seconds(expression, first, unit, size, anchored) < 0.02:
        return False
    long = min(_seconds(expression, first, unit, size, anchored) for _ in range(3))
    short = min(_seconds(expression, first, unit, size // 8, anchored) for _ in range(3))
    return long > 0.02 and long > 24 * short


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(_EXPRESSIONS.keys() - _VALID_ONLY))
def test_an_expression_takes_linear_time(name: str) -> None:
    expression = _EXPRESSIONS[name]
    size = _BOUNDED.get(name, _LONG)
    anchored = _anchored(name)
    slow = [
        (first, unit)
        for first, unit in _hostile(expression)
        if _is_slow(expression, first, unit, size, anchored)
    ]
    assert slow == []


def test_expressions_of_every_package_are_found() -> None:
    assert {name.partition(".")[0] for name in _EXPRESSIONS} >= {"parsing", "signals", "ingest"}
    assert "parsing.encoded_words._WORD" in _EXPRESSIONS
    assert _BOUNDED.keys() <= _EXPRESSIONS.keys()


@pytest.mark.parametrize("source", [r"\s*=", r"<!--.*?-->", r"(\d+) x="])
def test_slow_expressions_are_told(source: str) -> None:
    expression = re.compile(source)
    assert any(_is_slow(expression, first, unit, _LONG) for first, unit in _hostile(expression))
