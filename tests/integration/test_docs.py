"""The commands of docs/kafka.md, and those of the README that want a broker, work as pasted."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from detection_stream.demo import generate, write_mbox
from tests.integration.local_broker import LocalBroker

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROGRAM = ".venv/bin/detection-stream "
BROKER = "127.0.0.1:9092"


def _commands(document: str) -> list[list[str]]:
    return [
        line.removeprefix(PROGRAM).split()
        for block in re.findall(r"```sh\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
        for line in block.splitlines()
        if BROKER in line
    ]


SERVERS = ("worker", "smtp")


@pytest.mark.parametrize(
    "documents",
    [
        ("docs/kafka.md",),
        ("docs/replay.md", "docs/export.md", "docs/onboarding.md"),
        ("README.md",),
    ],
)
def test_every_command_works_as_pasted(
    documents: tuple[str, ...], local_broker: LocalBroker, tmp_path: Path
) -> None:
    write_mbox(tmp_path / "mail.mbox", generate(60, seed=2))
    running: list[subprocess.Popen[bytes]] = []
    try:
        _paste(documents, local_broker.address, tmp_path, running)
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            assert process.wait(20) == 0
    finally:
        for process in running:
            process.kill()
            process.wait()


def _paste(
    documents: tuple[str, ...],
    address: str,
    place: Path,
    running: list[subprocess.Popen[bytes]],
) -> None:
    """Run the commands one after the other; those that serve stay in ``running``."""
    commands = [words for document in documents for words in _commands(document)]
    assert len(commands) >= 4
    for pasted in commands:
        words = [address if word == BROKER else word for word in pasted]
        if words[0] == "tail" and "--until-idle" not in words:
            words += ["--until-idle", "15"]
        program = [sys.executable, "-m", "detection_stream", *words]
        if words[0] in SERVERS:
            running.append(subprocess.Popen(program, cwd=place, stderr=subprocess.DEVNULL))
            time.sleep(3)
            assert running[-1].poll() is None, words
            continue
        done = subprocess.run(
            program, cwd=place, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (words, done.stderr, done.stdout)
        if words[0] == "tail":
            assert len(done.stdout.splitlines()) == 60
