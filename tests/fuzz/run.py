"""Runs workers, and finds out which input ended one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from tests.fuzz.finding import MAX_SAVED, Finding, Tally
from tests.fuzz.mutation.chance import chance
from tests.fuzz.targets import TARGETS
from tests.fuzz.worker import Begun, Done, Share, work, work_alone

MAX_BATCH_SECONDS = 120.0
"""A worker that begins no new batch for so long has met an input without end."""
MAX_INPUT_SECONDS = 30.0
"""The same of one input alone."""
_CONTEXT = get_context("spawn")


class Worker:
    """A process and what it said last."""

    def __init__(self, share: Share) -> None:
        self.share = share
        self.begun: Begun | None = None
        self.pipe, theirs = _CONTEXT.Pipe(duplex=False)
        self.process = _CONTEXT.Process(target=work, args=(share, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.heard = time.monotonic()

    def silent(self) -> bool:
        """Whether it has met an input without end."""
        return time.monotonic() - self.heard > MAX_BATCH_SECONDS

    def end(self) -> int:
        """Stop it; returns its exit code, negative for a signal."""
        if self.silent():
            self.process.kill()
        self.process.join()
        self.pipe.close()
        return self.process.exitcode or 0


class Run:
    """One run over targets; ``findings`` holds at most ``MAX_SAVED`` of each target and kind."""

    def __init__(self, seed: int, targets: Sequence[str], workers: int) -> None:
        self._seed = seed
        self._workers = workers
        self.tallies = {name: Tally() for name in targets}
        self.findings: list[Finding] = []
        self.kinds: Counter[tuple[str, str]] = Counter()
        """How many of each target and kind were found."""

    def go(self, seconds: float, most: int) -> None:
        """Run for so long, or until each target has had ``most`` inputs."""
        deadline = time.monotonic() + seconds
        targets = tuple(self.tallies)
        share = Share(self._seed, targets, self._workers, deadline, most)
        running = [
            Worker(replace(share, first=dict.fromkeys(targets, number)))
            for number in range(self._workers)
        ]
        while running:
            wait([worker.pipe for worker in running], timeout=1.0)
            running = [left for worker in running if (left := self._listen(worker)) is not None]

    def _listen(self, worker: Worker) -> Worker | None:
        """Take what a worker says; returns it, its successor, or None when all is done."""
        try:
            while worker.pipe.poll():
                self._take(worker, worker.pipe.recv())
        except EOFError:
            return self._successor(worker)
        return self._successor(worker) if worker.silent() else worker

    def _take(self, worker: Worker, told: Any) -> None:
        worker.heard = time.monotonic()
        if isinstance(told, Begun):
            worker.begun = told
            worker.share.first[told.target] = told.batch + self._workers
        elif isinstance(told, Done):
            self.tallies[told.target].add(told.tally)
            worker.begun = None
        else:
            self._keep(told)

    def _keep(self, finding: Finding) -> None:
        kind = finding.target, finding.kind
        self.kinds[kind] += 1
        if self.kinds[kind] <= MAX_SAVED:
            self.findings.append(finding)

    def _successor(self, worker: Worker) -> Worker | None:
        code = worker.end()
        begun = worker.begun
        if code == 0 or begun is None:
            if code:
                raise RuntimeError(f"a worker ended with {code} before its first batch")
            return None
        target = TARGETS[begun.target]()
        target.close()
        first = begun.batch * target.batch
        if not self._search(begun.target, range(first, first + target.batch)):
            text = f"a worker ended with {code}, but no input of the batch does that alone"
            self._keep(Finding(begun.target, first, "death", text, b""))
        return Worker(worker.share)

    def _search(self, name: str, numbers: range) -> bool:
        """Feed the inputs of a batch one by one; whether any of them ends its process."""
        found = False
        while numbers:
            mine, theirs = _CONTEXT.Pipe(duplex=False)
            process = _CONTEXT.Process(
                target=work_alone, args=(self._seed, name, numbers, theirs), daemon=True
            )
            process.start()
            theirs.close()
            last, silent = self._follow(mine, numbers.start)
            if silent:
                process.kill()
            process.join()
            mine.close()
            if process.exitcode == 0:
                break
            found = True
            if silent:
                kind, text = "endless", f"no end in {MAX_INPUT_SECONDS:.0f} s"
            else:
                kind, text = "death", f"the process ended with {process.exitcode}"
            self._keep(self._about(name, last, kind, text))
            numbers = range(last + 1, numbers.stop)
        return found

    def _follow(self, pipe: Connection, last: int) -> tuple[int, bool]:
        """Listen until the process ends: the input that it began last, and if it fell silent."""
        try:
            while pipe.poll(MAX_INPUT_SECONDS):
                told = pipe.recv()
                if isinstance(told, Begun):
                    last = told.batch
                else:
                    self._keep(told)
        except EOFError:
            return last, False
        return last, True

    def _about(self, name: str, number: int, kind: str, text: str) -> Finding:
        target = TARGETS[name]()
        data = target.saved(target.make(chance(self._seed, name, number)))
        target.close()
        return Finding(name, number, kind, text, data)
