"""Files, functions and links that documents name are there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.made import ROOT

PACKAGE = ROOT / "detection_stream"
DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")],
)
OWN = ("detection_stream/", "tests/", "topologies/", "templates/", "docs/")
PLACEHOLDER = re.compile(r"[A-Z]{3}|[*{]")
"""A name in capitals stands for what somebody is about to add."""

each = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def _words(text: str) -> Iterator[str]:
    """What stands in backticks, outside of blocks of code."""
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def _file(name: str) -> Path | None:
    return next((path for path in (ROOT / name, PACKAGE / name) if path.exists()), None)


def _is_path(word: str) -> bool:
    if PLACEHOLDER.search(word) or " " in word:
        return False
    return "/" in word and (word.endswith(".py") or word.startswith(OWN))


@cache
def _defined(path: Path) -> frozenset[str]:
    """Functions, classes and methods of a module, the latter also with their class."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}" for one in node.body if isinstance(one, _FUNCTIONS)}
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            found.add(node.name)
    return frozenset(found)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@each
def test_files_are_there(document: Path) -> None:
    for word in filter(_is_path, _words(document.read_text())):
        assert _file(word), f"{document.name} names {word}"


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_functions_are_in_a_file_of_their_paragraph(name: str) -> None:
    checked = 0
    for part in re.split(r"\n\n|\n(?=[|]|- |\d+\. )", (ROOT / name).read_text()):
        words = list(_words(part))
        modules = [found for word in words if word.endswith(".py") and (found := _file(word))]
        for word in words:
            if re.fullmatch(r"[\w.]+\(\)", word):
                known = frozenset[str]().union(*map(_defined, modules))
                assert word.removesuffix("()") in known, f"{word} in {part!r}"
                checked += 1
    assert checked or name != "docs/architecture.md"


@each
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
        assert "://" in target or (document.parent / target).exists(), target
