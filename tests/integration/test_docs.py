"""The commands of docs/kafka.md, and those of the README that want a broker, work as pasted."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from detection_stream.demo import generate, write_mbox
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.operator_keys import add_key
from tests.web.site import until

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
    documents: tuple[str, ...], connection: Connection, prefix: str, tmp_path: Path
) -> None:
    """But for the address, and a prefix since the broker is not theirs alone."""
    write_mbox(tmp_path / "mail.mbox", generate(60, seed=2))
    add_key(tmp_path / "operator.key")
    running: list[subprocess.Popen[bytes]] = []
    try:
        where = (connection.servers, "--prefix", prefix)
        _paste(documents, where, tmp_path, running)
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            assert process.wait(60) == 0
    finally:
        for process in running:
            process.kill()
            process.wait()


def _serving(program: list[str], log: Path) -> subprocess.Popen[bytes]:
    """A server that has said where it is."""
    with log.open("wb") as said:
        process = subprocess.Popen(program, cwd=log.parent, stderr=said)
    until(lambda: re.search(r"works in|SMTP at", log.read_text()) or process.poll() is not None)
    assert process.poll() is None, log.read_text()
    return process


def _paste(
    documents: tuple[str, ...],
    where: tuple[str, ...],
    place: Path,
    running: list[subprocess.Popen[bytes]],
) -> None:
    """Run the commands one after the other; those that serve stay in ``running``."""
    commands = [words for document in documents for words in _commands(document)]
    assert len(commands) >= 4
    for pasted in commands:
        at = pasted.index(BROKER)
        words = [*pasted[:at], *where, *pasted[at + 1 :]]
        if words[0] == "tail" and "--until-idle" not in words:
            words += ["--until-idle", "15"]
        program = [sys.executable, "-m", "detection_stream", *words]
        if words[0] in SERVERS:
            running.append(_serving(program, place / f"{len(running)}.log"))
            continue
        done = subprocess.run(
            program, cwd=place, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (words, done.stderr, done.stdout)
        if words[0] == "tail":
            assert len(done.stdout.splitlines()) == 60
