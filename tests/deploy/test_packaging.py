"""One version, locks that satisfy what is asked for, a wheel with all files and no others."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import detection_stream
from tests import wheel
from tests.deploy.lock import PYTHONS, asked_for, locked_in, read_lock, unmet

ROOT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = {name: ROOT / f"requirements/{name}.txt" for name in ("run", "dev", "build")}
ASKED = {
    "run": asked_for(PYPROJECT["project"]),
    "build": [Requirement(line) for line in PYPROJECT["build-system"]["requires"]],
    "dev": [
        *asked_for(PYPROJECT["project"], "dev"),
        *map(Requirement, PYPROJECT["dependency-groups"]["build"]),
    ],
}


def test_the_version_is_said_once() -> None:
    assert PYPROJECT["project"]["dynamic"] == ["version"]
    assert "version" not in PYPROJECT["project"]
    assert importlib.metadata.version("detection-stream") == detection_stream.__version__
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == detection_stream.__version__


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_locks_satisfy_what_is_asked_for(name: str, python: str) -> None:
    assert unmet(ASKED[name], locked_in(LOCKS[name]), python) == [], "run `make lock`"


@pytest.mark.parametrize(
    ("lock", "missing"),
    [
        ("click==8.1.0\nattrs==26.1", []),
        ("attrs==26.1", ["click<9,>=8.1"]),
        ("click==9.0", ["click<9,>=8.1"]),
        ("click==8.1 ; python_version < '3.12'", ["click<9,>=8.1"]),
    ],
)
def test_a_lock_that_lacks_something_is_found_out(lock: str, missing: list[str]) -> None:
    assert unmet([Requirement("click>=8.1,<9")], list(read_lock(lock)), "3.12") == missing


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_index_is_named(name: str) -> None:
    assert all(pin.hashes and not pin.requirement.url for pin in locked_in(LOCKS[name]))
    assert not re.search(r"^-|://", LOCKS[name].read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ["run", "build"])
def test_what_ships_is_what_was_tested(name: str) -> None:
    tested = {pin.name: pin.version for pin in locked_in(LOCKS["dev"])}
    assert {pin.name: pin.version for pin in locked_in(LOCKS[name])}.items() <= tested.items()


@pytest.mark.parametrize(
    "line", re.findall(r"pip (?:install|wheel) .*", (ROOT / "Dockerfile").read_text())
)
def test_the_image_takes_nothing_without_a_hash(line: str) -> None:
    assert "--require-hashes" in line or "--no-index" in line


def _wheel(directory: Path, names: set[str]) -> Path:
    file = directory / "detection_stream-1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name in names | {"detection_stream-1.dist-info/METADATA"}:
            archive.writestr(name, "")
    return file


def test_a_wheel_has_all_files_and_no_others(tmp_path: Path) -> None:
    files = wheel.shipped()
    assert {
        "detection_stream/py.typed",
        "detection_stream/signals/lists.yml",
        "topologies/__init__.py",
    } <= files
    wheel.check_files(_wheel(tmp_path, files))
    for wrong in (files - {"detection_stream/signals/lists.yml"}, files | {"tests/__init__.py"}):
        with pytest.raises(wheel.WheelError, match=r"lists\.yml|tests/"):
            wheel.check_files(_wheel(tmp_path, wrong))
