"""What is written can be read by its owner only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detection_stream.demo import write_mbox
from detection_stream.private_files import OTHERS, open_private, private_directory
from detection_stream.runtime.embedded.running import running
from tests.topology.harness import demo
from topologies import blueprint


@pytest.fixture
def _loose() -> Iterator[None]:
    """A umask that lets everybody read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def _open_to_others(place: Path) -> list[str]:
    return [
        str(path.relative_to(place))
        for path in (place, *place.rglob("*"))
        if path.stat().st_mode & OTHERS
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("_loose")
def test_files_of_commands_are_private(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir(0o700)
    write_mbox(work / "mail.mbox", iter(demo(30)))
    for file in work.iterdir():
        file.chmod(0o600)
    for line in (
        "run mail.mbox --tenant acme --own-domain acme.com --data data --out out",
        "export --source data --out exported",
        "snapshot --source data --out snapshot",
        "replay --source data --data replayed --out replayed-out --signal message.link_count",
        "web-token ann --access access.toml",
        "operator-key key",
        "smtp-user journal --smtp-users users",
        "demo --messages 20 --data demo-data --out demo-out",
    ):
        done = subprocess.run(
            [sys.executable, "-m", "detection_stream", *line.split()],
            cwd=work,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, (line, done.stderr)
    assert len(list(work.rglob("*"))) > 50
    assert _open_to_others(work) == []


@pytest.mark.usefixtures("_loose")
async def test_an_engine_in_another_program_keeps_its_directory_private(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir(0o755)
    async with running(data, blueprint().topology(), out):
        # Files of RocksDB have the umask; nobody gets to them through its directory.
        assert not data.stat().st_mode & OTHERS
        assert not (data / "db").stat().st_mode & OTHERS
        assert _open_to_others(out) == []


@pytest.mark.usefixtures("_loose")
def test_what_an_owner_has_opened_stays_open(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    open_private(file, "ab").close()
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    open_private(file, "ab").close()
    assert file.stat().st_mode & 0o777 == 0o640
    private_directory(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
