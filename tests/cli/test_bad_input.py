"""User errors: one line on standard error, exit code 2, nothing written."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

MAIL = b"From: a@x.com\nTo: b@own.com\nSubject: hi\nDate: Mon, 6 Jan 2025 10:00:00 +0000\n\nhello\n"


def command(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "detection_stream", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def _missing(place: Path) -> list[str | Path]:
    return [place / "absent.mbox"]


def _empty_directory(place: Path) -> list[str | Path]:
    (place / "empty").mkdir()
    return [place / "empty"]


def _junk(place: Path) -> list[str | Path]:
    (place / "junk.mbox").write_bytes(bytes(range(256)) * 20)
    return [place / "junk.mbox"]


def _cut_archive(place: Path) -> list[str | Path]:
    mbox = b"From a@x.com Mon Jan  6 10:00:00 2025\n" + MAIL
    (place / "cut.mbox.gz").write_bytes(gzip.compress(mbox * 50)[:-20])
    return [place / "cut.mbox.gz"]


@pytest.mark.parametrize("bad", [_missing, _empty_directory, _junk, _cut_archive])
def test_an_input_that_cannot_be_used(tmp_path: Path, bad: object) -> None:
    (tmp_path / "good.eml").write_bytes(MAIL)
    paths = [tmp_path / "good.eml", *bad(tmp_path)]  # type: ignore[operator] # one of the functions above
    before = sorted(tmp_path.rglob("*"))
    run = command("run", *paths, "--tenant", "t", "--own-domain", "own.com", cwd=tmp_path)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert str(paths[-1]) in run.stderr
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("run", "good.eml", "--tenant", "t"), "--own-domain"),
        (("run", "good.eml", "--tenant", "t", "--own-domain", "no domain"), "no domain"),
        (("run", "good.eml", "--own-domain", "own.com"), "--tenant"),
        (("demo", "--messages", "-5"), "--messages"),
        (("demo", "--messages", "many"), "--messages"),
        (("explain", "x", "--data", "nowhere"), "nowhere"),
        (("tables", "show", "persons", "--data", "nowhere"), "persons"),
        (("--config", "absent.toml", "settings"), "absent.toml"),
    ],
)
def test_words_that_cannot_be_used(tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    (tmp_path / "good.eml").write_bytes(MAIL)
    run = command(*arguments, cwd=tmp_path)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert word in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["good.eml"]


def test_a_directory_of_another_format_is_refused(tmp_path: Path) -> None:
    from detection_stream.state.database import Database, new_batch

    (tmp_path / "good.eml").write_bytes(MAIL)
    database = Database(tmp_path / "data")
    batch = new_batch()
    batch.put(b"format", b"99")
    database.write(batch)
    database.close()
    run = command(
        *("run", "good.eml", "--tenant", "t", "--own-domain", "own.com", "--data", "data"),
        cwd=tmp_path,
    )
    assert run.returncode == 2
    assert "format 99" in run.stderr


def test_one_bad_message_among_good_ones_goes_to_the_dead_letters(tmp_path: Path) -> None:
    lines = b'{"message_id": "1@x", "from": {"address": "a@x.com"}, "date": "2025-01-06T10:00:00Z"}'
    (tmp_path / "mail.jsonl").write_bytes(
        lines + b'\n{"message_id": \n' + lines.replace(b"1@", b"2@")
    )
    run = command(*("run", "mail.jsonl", "--tenant", "t", "--own-domain", "own.com"), cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert len((tmp_path / "out/verdicts.jsonl").read_text().splitlines()) == 2
    letters = (tmp_path / "out/dead-letters.jsonl").read_text().splitlines()
    assert len(letters) == 1
    assert "JSON" in letters[0]


def test_a_second_process_is_told_that_the_directory_is_in_use(tmp_path: Path) -> None:
    from detection_stream.state.database import Database

    (tmp_path / "good.eml").write_bytes(MAIL)
    database = Database(tmp_path / "data")
    run = command(
        *("run", "good.eml", "--tenant", "t", "--own-domain", "own.com", "--data", "data"),
        cwd=tmp_path,
    )
    database.close()
    assert run.returncode == 2
    assert "in use" in run.stderr
