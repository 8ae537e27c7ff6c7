"""``evaluate`` as it is called."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.cli.test_bad_input import command
from tests.evaluation.test_evaluate import verdict, written


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Verdicts of 10 attacks and 10 harmless messages, those of a worse engine, and labels."""
    for name, found in (("out", 9), ("worse", 3)):
        (tmp_path / name).mkdir()
        scores = [0.9 if number < found else 0.1 for number in range(20)]
        verdicts = [verdict(number, score, "rule") for number, score in enumerate(scores)]
        written(tmp_path / name / "verdicts.jsonl", verdicts)
    rows = [f"m{n}@x,{'bec' if n < 10 else 'safe'},{'en' if n % 2 else 'de'}" for n in range(20)]
    (tmp_path / "labels.csv").write_text("\n".join(["message_id,kind,language", *rows]))
    return tmp_path


def test_it_prints_writes_a_page_and_tells_groups_apart(place: Path) -> None:
    options = ("--labels", "labels.csv", "--by", "language", "--html", "pages/e.html")
    done = command("evaluate", *options, cwd=place)
    assert done.returncode == 0, done.stderr
    assert "90.0%" in done.stdout
    assert "language" in done.stdout
    page = (place / "pages/e.html").read_text()
    assert "By language" in page
    assert "<script" not in page


def test_a_report_is_compared_with(place: Path) -> None:
    kept = command("evaluate", "--labels", "labels.csv", "--json", cwd=place)
    (place / "kept.json").write_text(kept.stdout)
    assert orjson.loads(kept.stdout)["attacks"]["flagged"]["found"] == 9
    options = ("--labels", "labels.csv", "--fail-on-fall", "--compare")
    same = command("evaluate", "out", *options, "kept.json", cwd=place)
    assert same.returncode == 0, same.stderr
    for before in ("kept.json", "out"):
        worse = command("evaluate", "worse", *options, before, cwd=place)
        assert (worse.returncode, worse.stderr) == (1, "")
        assert "worse by more than noise" in worse.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--labels", "absent.csv"), "absent.csv: No such file"),
        (
            ("--labels", "labels.csv", "--by", "colour"),
            "no label in labels.csv has the field colour",
        ),
        (("--labels", "labels.csv", "--fail-on-fall"), "--fail-on-fall needs --compare"),
        (("absent", "--labels", "labels.csv"), "absent: No such file"),
        (("labels.csv", "--labels", "labels.csv"), "labels.csv line 1 is not a verdict"),
        ((".", "--labels", "labels.csv"), "has no exported verdicts"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(
    place: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = command("evaluate", *arguments, cwd=place)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert words in done.stderr
