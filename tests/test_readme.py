"""The README's commands are the project's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from detection_stream.demo import generate, write_mbox

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^    \.venv/bin/detection-stream (.*?)(?:\s+#.*)?$", README, re.MULTILINE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which the README's files exist."""
    directory = tmp_path_factory.mktemp("readme")
    messages = list(generate(60, seed=2))
    write_mbox(directory / "mail.mbox", messages[:40])
    rows = [f"{message.message_id},{message.kind}" for message in messages]
    (directory / "labels.csv").write_text("\n".join(["message_id,kind", *rows]))
    (directory / "more").mkdir()
    for number, message in enumerate(messages[40:]):
        (directory / "more" / f"{number}.eml").write_bytes(message.raw)
    archive = directory / "archive.tar.gz"
    subprocess.run(["tar", "czf", archive, "-C", directory, "more"], check=True)
    (directory / "detection_stream").symlink_to(ROOT / "detection_stream")
    return directory


def _run(words: list[str], place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "detection_stream", *words],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_every_command_works_as_pasted(place: Path) -> None:
    assert len(COMMANDS) >= 6
    import orjson

    for command in COMMANDS:
        words = command.split()
        if "UID" in words or "ann@acme.com" in words:
            first = orjson.loads((place / "out/verdicts.jsonl").read_bytes().splitlines()[0])
            known = {"UID": first["uid"], "ann@acme.com": first["sender"]}
            words = [known.get(word, word) for word in words]
        done = _run(words, place)
        assert done.returncode == 0, (command, done.stderr)


def test_the_makefile_has_the_targets_that_the_readme_names() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test", "test-all", "check"} <= targets
    assert set(re.findall(r"make ([a-z]+)(?=\s+#)", README)) <= targets


def test_the_command_line_starts_without_the_engine() -> None:
    program = (
        "import sys, detection_stream.cli.main\n"
        "heavy = {'faust', 'numpy', 'rocksdict', 'rich', 'hyperscan'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
