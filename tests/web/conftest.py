"""The demo organisation behind a running web view."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sharing import made_once, run_directory
from tests.web.site import Site, demo_directory, web


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that no test may use itself; copies are cheap."""
    return made_once(run_directory(tmp_path_factory) / "demo", demo_directory)


@pytest.fixture
def data(demo_data: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    copied = tmp_path / "data"
    shutil.copytree(demo_data, copied)
    return copied


@pytest.fixture(scope="session")
def site(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The web view that all tests share which change nothing."""
    copied = tmp_path_factory.mktemp("web") / "data"
    shutil.copytree(demo_data, copied)
    running = web(copied)
    yield running
    running.close()
    assert "Traceback" not in running.log
