"""Public types are defined once, and no function takes many parameters by position."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import detection_stream

ROOT = Path(detection_stream.__file__).parents[1]
SOURCES = [
    path for folder in ("detection_stream", "topologies") for path in (ROOT / folder).rglob("*.py")
]
ALIASES = (ast.Subscript, ast.BinOp, ast.Attribute)


def _types(tree: ast.Module) -> Iterator[str]:
    """Names of the classes and type aliases of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if isinstance(value, ALIASES):
                if name[0].isupper() and not name.isupper():
                    yield name
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind):
                if ast.unparse(kind).endswith("TypeAlias"):
                    yield name


def test_every_public_type_is_defined_once() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in SOURCES:
        for name in _types(ast.parse(path.read_text())):
            if not name.startswith("_"):
                places[name].append(str(path.relative_to(ROOT)))
    assert len(places) > 200, "no types were found"
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_function_takes_more_than_six_parameters_by_position() -> None:
    functions, long = 0, []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions += 1
                names = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
                if len(set(names) - {"self", "cls"}) > 6:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert functions > 1_000, "no functions were found"
    assert long == []


def test_types_in_the_glossary_exist() -> None:
    text = (ROOT / "docs/glossary.md").read_text()
    named = set(re.findall(r"\*\* (?:of a \w+ )?\(`([A-Z]\w+)`\)|`([A-Z]\w*[a-z]\w*)`", text))
    terms = {one or other for one, other in named}
    types = {name for path in SOURCES for name in _types(ast.parse(path.read_text()))}
    assert len(terms) > 20, "the glossary names no types"
    assert terms - types == set()


def test_terms_of_the_glossary_have_one_entry() -> None:
    terms = re.findall(
        r"^- \*\*([^*]+)\*\*:? ?(of \w+ \w+)?", (ROOT / "docs/glossary.md").read_text(), re.M
    )
    assert len(terms) > 100
    assert sorted(set(terms)) == sorted(terms)
