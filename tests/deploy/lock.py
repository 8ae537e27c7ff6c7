"""Reads requirements locked with hashes, and holds them against those that are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PYTHONS = ("3.11", "3.12", "3.13")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Locked:
    """A line of a lock file: ``name==version`` with an optional marker, and its hashes."""

    requirement: Requirement
    hashes: int

    @property
    def name(self) -> str:
        """The name in its normal form."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> Version:
        """The one version that is allowed."""
        (pin,) = self.requirement.specifier
        assert pin.operator == "==", self.requirement
        return Version(pin.version)


def read_lock(text: str) -> Iterator[Locked]:
    """All lines of a lock file; a line that is neither pin nor comment is no requirement."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            requirement, *hashes = line.split("--hash=")
            yield Locked(Requirement(requirement.strip()), len(hashes))
            assert len(_HASH.findall(line)) == len(hashes), line


def unmet(asked: Iterable[Requirement], locked: Iterable[Locked], python: str) -> list[str]:
    """What is asked for and not locked, on Linux with a version of Python such as ``3.12``."""
    environment = environment_of(python)
    pins = {pin.name: pin.version for pin in locked if _applies(pin.requirement, environment)}
    return [
        str(requirement)
        for requirement in asked
        if _applies(requirement, environment)
        and (
            (version := pins.get(canonicalize_name(requirement.name))) is None
            or version not in requirement.specifier
        )
    ]


def environment_of(python: str) -> dict[str, str]:
    """What markers see."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
    }


def asked_for(project: Mapping[str, object], *extras: str) -> list[Requirement]:
    """Requirements of the table ``[project]``, with those of extras and of the extras they name."""
    found = [Requirement(line) for line in _lines(project["dependencies"])]
    optional = project["optional-dependencies"]
    assert isinstance(optional, Mapping)
    for extra in extras:
        for requirement in map(Requirement, _lines(optional[extra])):
            if requirement.name == project["name"]:
                found += asked_for(project, *requirement.extras)
            else:
                found.append(requirement)
    return found


def _lines(value: object) -> list[str]:
    assert isinstance(value, list)
    return value


def _applies(requirement: Requirement, environment: Mapping[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(dict(environment))


def locked_in(file: Path) -> list[Locked]:
    """All lines of the lock file at a path."""
    return list(read_lock(file.read_text()))
