"""A process killed again and again leaves the results of an undisturbed run."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from detection_stream.demo import generate, people, write_mbox
from detection_stream.state.database import Database
from tests.topology import crash_child

SEED = 11
TURN_SECONDS = 0.02
"""Pause of a child after every few messages, so that kills hit it under load."""
DELAY_SECONDS = (0.0, 0.9)
"""Earliest and latest kill after a child starts applying messages."""
PATIENCE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one child said: messages fed, records applied, and those after its last checkpoint."""

    fed: int
    applied: int
    unsaved: int
    checkpoints: int


class Child:
    """One attempt in its own process; what it says goes to a file that outlives it."""

    def __init__(self, mbox: Path, directory: Path, log: Path, turn: float) -> None:
        self._log = log
        arguments = [mbox, directory / "data", directory / "out", turn]
        command = [sys.executable, crash_child.__file__, *map(str, arguments)]
        with log.open("wb") as said, log.with_suffix(".err").open("wb") as errors:
            self._process = subprocess.Popen(command, stdout=said, stderr=errors)

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def lines(self) -> list[list[str]]:
        """What it has said."""
        return [line.split() for line in self._log.read_text().splitlines() if line]

    def errors(self) -> str:
        """What went wrong."""
        return self._log.with_suffix(".err").read_text()[-4_000:]

    def kill_after(self, seconds: float) -> None:
        """Kill it with SIGKILL that long after it has begun to apply."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while not any(words[0] == "applied" for words in self.lines()):
            assert self._process.poll() is None, self.errors()
            assert time.monotonic() < limit, "it does not begin"
            time.sleep(0.01)
        time.sleep(seconds)
        assert self._process.poll() is None, f"it ended before the kill: {self.errors()}"
        self._process.kill()
        self._process.wait()

    def finish(self) -> None:
        """Let it come to its end."""
        assert self._process.wait(PATIENCE_SECONDS) == 0, self.errors()
        assert self.lines()[-1] == ["done"]

    def attempt(self) -> Attempt:
        """What it did."""
        fed = applied = unsaved = checkpoints = 0
        for what, *numbers in self.lines():
            if what == "feeding":
                fed = int(numbers[0])
            elif what == "applied":
                applied += int(numbers[0])
                unsaved += int(numbers[0])
            elif what == "checkpoint":
                unsaved = 0
                checkpoints += 1
        return Attempt(fed, applied, unsaved, checkpoints)


def _state(directory: Path) -> dict[str, dict[bytes, bytes]]:
    database = Database(directory / "data", create=False)
    try:
        return {
            name: dict(database.family(name).items())
            for name in database.names
            if name.startswith("state:")
        }
    finally:
        database.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("messages", "kills"), [(2_000, 5), pytest.param(6_000, 51, marks=pytest.mark.long)]
)
def test_kills_under_load_change_no_result(tmp_path: Path, messages: int, kills: int) -> None:
    mbox = tmp_path / "demo.mbox"
    write_mbox(mbox, generate(messages, SEED))
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    with Child(mbox, calm, tmp_path / "calm.log", 0.0) as child:
        child.finish()
        undisturbed = child.attempt()
    records = messages + len(people(SEED))
    assert undisturbed.applied == records

    dice = Random(SEED)
    attempts: list[Attempt] = []
    for number in range(kills):
        log = tmp_path / f"attempt-{number}.log"
        with Child(mbox, killed, log, TURN_SECONDS) as child:
            child.kill_after(dice.uniform(*DELAY_SECONDS))
            attempts.append(child.attempt())
        assert 0 < attempts[-1].fed < messages, "the kill met no load"
        assert attempts[-1].applied > 0
    assert any(attempt.unsaved > 0 for attempt in attempts)
    with Child(mbox, killed, tmp_path / "last.log", 0.0) as child:
        child.finish()
        last = child.attempt()

    for name in ("verdicts.jsonl", "attributions.jsonl", "dead-letters.jsonl"):
        assert (killed / "out" / name).read_bytes() == (calm / "out" / name).read_bytes(), name
    assert (calm / "out" / "verdicts.jsonl").read_bytes().count(b"\n") == messages
    assert _state(killed) == _state(calm)
    applied = sum(attempt.applied for attempt in attempts) + last.applied
    assert records <= applied <= records + sum(attempt.unsaved for attempt in attempts)
