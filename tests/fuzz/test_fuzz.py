"""A few seconds of fuzzing, and that the fuzzer sees what it is there for."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz import run as fuzz_run
from tests.fuzz.finding import Finding, Tally, save
from tests.fuzz.mutation.chance import Chance, chance
from tests.fuzz.mutation.mail import sources
from tests.fuzz.mutation.tree import Part, read, wrapped
from tests.fuzz.targets import TARGETS
from tests.fuzz.worker import Turn, feed

SEED = 7
_BATCHES = {"mail": 25, "json": 15, "archive": 10, "smtp": 2}


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_fails(name: str) -> None:
    target = TARGETS[name]()
    tally = Tally()
    turn = Turn(name, target, tally)
    findings: list[Finding] = []
    try:
        for batch in range(_BATCHES[name]):
            numbers = range(batch * target.batch, (batch + 1) * target.batch)
            findings += feed(turn, SEED, numbers)
    finally:
        target.close()
    assert [(one.number, one.text) for one in findings] == []
    assert tally.mutations == _BATCHES[name] * target.batch
    assert tally.refused < tally.mutations


@pytest.mark.parametrize("name", TARGETS)
def test_an_input_is_the_same_each_time(name: str) -> None:
    target = TARGETS[name]()
    try:
        first = [target.saved(target.make(chance(SEED, name, number))) for number in range(40)]
        again = [target.saved(target.make(chance(SEED, name, number))) for number in range(40)]
    finally:
        target.close()
    assert first == again
    assert len(set(first)) > 30


def test_a_mail_is_read_as_a_tree_and_written_again() -> None:
    nested = 0
    for raw in sources()[:200]:
        tree = read(raw)
        nested += bool(tree.parts)
        rest = read(tree.write())
        assert [part.fields for part in tree.every()] == [part.fields for part in rest.every()]
    assert nested > 50


def test_a_very_deep_tree_is_written() -> None:
    written = wrapped(Part([b"Subject: x"], b"y"), 20_000).write()
    assert written.count(b"Content-Type: multipart/mixed") == 20_000


class _Faulty:
    """A target with a fault for some numbers; it is what a worker process makes of the name."""

    batch = 4

    def make(self, chance: Chance) -> bytes:
        """One of a hundred inputs."""
        return b"%d" % chance.randrange(100)

    def run(self, inputs: Sequence[Any]) -> int:
        """Fail in each way."""
        for made in map(int, inputs):
            if made < 10:
                raise ValueError("a fault")
            if made < 13:
                os.kill(os.getpid(), signal.SIGKILL)
            if made < 14:
                begin = time.process_time()
                while time.process_time() < begin + 1.2:
                    pass
        return 0

    def saved(self, made: bytes) -> bytes:
        """As it is."""
        return made

    def close(self) -> None:
        """Holds nothing."""


@pytest.mark.slow
def test_whatever_fails_is_found_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(TARGETS, "mail", _Faulty)
    # Forked workers have the faulty target.
    monkeypatch.setattr(fuzz_run, "_CONTEXT", get_context("fork"))
    made = [int(_Faulty().make(chance(1, "mail", number))) for number in range(200)]
    run = fuzz_run.Run(1, ["mail"], workers=2)
    run.go(seconds=120, most=200)
    found = {(one.kind, one.number) for one in run.findings}
    for kind, values in (("error", range(10)), ("death", range(10, 13)), ("slow", range(13, 14))):
        wanted = {(kind, number) for number, value in enumerate(made) if value in values}
        assert wanted
        assert wanted <= found
    path = save(run.findings[0], tmp_path)
    assert int(path.read_bytes()) < 14
