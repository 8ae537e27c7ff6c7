"""Directories of others: refused in one line, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from detection_stream.errors import DataDirectoryError
from detection_stream.runtime.kafka.directories import held
from detection_stream.state.database import Database
from detection_stream.state.own_directory import check_own
from tests.cli.test_bad_input import MAIL, command

RUN = ("run", "mail", "--tenant", "acme", "--own-domain", "own.com")


def _state(place: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(path.relative_to(place)): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in (place, *place.rglob("*"))
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody's files, mail, and a data directory of ours."""
    found = tmp_path_factory.mktemp("place")
    (found / "foreign" / "photos").mkdir(parents=True)
    (found / "foreign" / "thesis.txt").write_text("years of work")
    (found / "mail").mkdir()
    (found / "mail" / "1.eml").write_bytes(MAIL)
    done = command(*RUN, "--data", "ours", "--out", "out", cwd=found)
    assert done.returncode == 0, done.stderr
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        (*RUN, "--data", "foreign", "--out", "x"),
        ("demo", "--messages", "5", "--data", "foreign", "--out", "x"),
        ("serve", *RUN[2:], "--smtp", "--smtp-port", "0", "--data", "foreign", "--out", "x"),
        ("onboard", "acme", "mail", "--data", "foreign"),
        ("web", "--data", "foreign", "--port", "0"),
        ("replay", "--source", "ours", "--data", "foreign", "--out", "x"),
        ("replay", "--source", "ours", "--data", "x", "--out", "foreign"),
        ("replay", "--source", "foreign", "--data", "x", "--out", "y"),
        ("snapshot", "--source", "ours", "--out", "foreign"),
        ("export", "--source", "ours", "--out", "foreign"),
    ],
    ids=" ".join,
)
def test_a_directory_of_somebody_else_is_refused(place: Path, line: tuple[str, ...]) -> None:
    before = _state(place / "foreign")
    done = command(*line, cwd=place)
    assert done.returncode == 2, done.stderr
    assert "foreign" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert _state(place / "foreign") == before
    assert not (place / "x").exists()


def test_what_may_be_there_before(tmp_path: Path) -> None:
    check_own(tmp_path / "absent")
    check_own(tmp_path)
    for name in ("lost+found", "spool"):
        (tmp_path / name).mkdir()
    (tmp_path / "operator.key").touch()
    Database(tmp_path).close()
    (tmp_path / "notes.txt").touch()
    # It is ours by now.
    Database(tmp_path).close()
    (tmp_path / "file").touch()
    with pytest.raises(DataDirectoryError, match="Not a directory"):
        check_own(tmp_path / "file")


def test_a_worker_does_not_lock_a_directory_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(DataDirectoryError, match="it holds thesis"), held(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with held(tmp_path / "new"):
        pass
    with held(tmp_path / "new"):
        pass
