"""What all processes of one test run share, so that it is made once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def run_directory(factory: pytest.TempPathFactory) -> Path:
    """A directory that all processes of this run have; pytest gives each a part of it."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def turn(file: Path) -> Iterator[None]:
    """One process after the other; one that dies loses its turn."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made_once(directory: Path, make: Callable[[Path], None]) -> Path:
    """The directory that ``make`` fills for whoever of the run comes first."""
    done = directory.with_name(f"{directory.name}.done")
    with turn(directory.with_name(f"{directory.name}.lock")):
        if not done.exists():
            make(directory)
            done.touch()
    return directory
