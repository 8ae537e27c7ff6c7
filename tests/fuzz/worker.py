"""A process that makes inputs and feeds a target with them."""

from __future__ import annotations

import logging
import resource
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from tests.fuzz.finding import MAX_CPU_SECONDS, MAX_MEMORY_BYTES, Finding, Tally
from tests.fuzz.measure import Cost, measured
from tests.fuzz.mutation.chance import chance
from tests.fuzz.targets import TARGETS
from tests.fuzz.targets.target import Target

MAX_ADDRESS_BYTES = 6 << 30
"""Address space of a worker: what goes wild ends here and not with the machine."""
TURNS = {"mail": 10.0, "json": 3.0, "archive": 3.0, "smtp": 3.0}
"""Seconds a turn of each target."""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a run that one worker does: every ``workers``-th batch, from the given ones.

    ``deadline`` is by the monotonic clock; ``most`` the inputs of each target at most.
    """

    seed: int
    targets: tuple[str, ...]
    workers: int
    deadline: float
    most: int
    first: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begun:
    """A batch that begins now; if the process ends before the next one, this one ended it.

    ``batch`` is the number of the batch, or of the one input where inputs are fed alone.
    """

    target: str
    batch: int


@dataclass(frozen=True, slots=True)
class Done:
    """What one batch did."""

    target: str
    tally: Tally


Told = Begun | Done | Finding


def limit() -> None:
    """Bound what this process may take; warnings of what is refused are no news here."""
    logging.disable(logging.WARNING)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_BYTES, MAX_ADDRESS_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def work(share: Share, pipe: Connection) -> None:
    """Take turns with all targets until time or inputs run out; tells about each batch."""
    limit()
    targets = {name: TARGETS[name]() for name in share.targets}
    batches = dict(share.first)
    turns = {name: Turn(name, target, Tally()) for name, target in targets.items()}
    try:
        while left := [
            name for name in targets if batches[name] * targets[name].batch < share.most
        ]:
            for name in left:
                if time.monotonic() >= share.deadline:
                    return
                batches[name] = _take(turns[name], share, batches[name], pipe.send)
    finally:
        for target in targets.values():
            target.close()
        pipe.close()


@dataclass(slots=True)
class Turn:
    """A target that takes turns, and what it has to tell."""

    name: str
    target: Target
    tally: Tally


def _take(turn: Turn, share: Share, batch: int, tell: Callable[[Told], None]) -> int:
    """Take a turn from this batch on; returns the next batch."""
    name, size = turn.name, turn.target.batch
    until = min(time.monotonic() + TURNS[name], share.deadline)
    while time.monotonic() < until and batch * size < share.most:
        start = time.process_time()
        tell(Begun(name, batch))
        numbers = range(batch * size, min((batch + 1) * size, share.most))
        for finding in feed(turn, share.seed, numbers):
            tell(finding)
        turn.tally.seconds = time.process_time() - start
        tell(Done(name, turn.tally))
        turn.tally = turn.tally.next()
        batch += share.workers
    return batch


def feed(turn: Turn, seed: int, numbers: Sequence[int]) -> list[Finding]:
    """Feed one batch; if it fails, or one of it may cost more than any before, each input alone.

    What the others of the batch cost is taken to be what a batch costs on average.
    """
    target, tally = turn.target, turn.tally
    inputs = [target.make(chance(seed, turn.name, number)) for number in numbers]
    cost = measured(lambda: _count(tally, target, inputs))
    tally.mutations += len(inputs)
    if cost.error is None and not tally.stands_out(cost.seconds, cost.memory):
        return []
    return _alone(turn, zip(numbers, inputs, strict=True))


def _count(tally: Tally, target: Target, inputs: Sequence[Any]) -> None:
    tally.refused += target.run(inputs)


def _alone(turn: Turn, inputs: Iterable[tuple[int, Any]]) -> list[Finding]:
    target, found = turn.target, []
    for number, made in inputs:
        cost = measured(lambda made=made: _discard(target.run([made])))  # type: ignore[misc] # bound at once
        data = target.saved(made)
        turn.tally.slowest.take(cost.seconds, number, len(data))
        turn.tally.largest.take(cost.memory, number, len(data))
        if told := _judged(cost, len(data)):
            found.append(Finding(turn.name, number, *told, data))
    return found


def _discard(_: int) -> None:
    """A call that is measured returns nothing."""


def _judged(cost: Cost, size: int) -> tuple[str, str] | None:
    """Kind and text of what is wrong with an input that costs so much; None if nothing is."""
    if cost.error is not None:
        return "error", "".join(traceback.format_exception(cost.error))
    if cost.seconds > MAX_CPU_SECONDS:
        return "slow", f"{cost.seconds:.2f} s of processor time for {size:,} bytes"
    if cost.memory > MAX_MEMORY_BYTES + size:
        return "large", f"{cost.memory >> 20} MiB of memory for {size:,} bytes"
    return None


def work_alone(seed: int, name: str, numbers: Sequence[int], pipe: Connection) -> None:
    """Feed inputs one by one, and tell each before it begins."""
    limit()
    turn = Turn(name, TARGETS[name](), Tally())
    for number in numbers:
        pipe.send(Begun(name, number))
        for finding in feed(turn, seed, [number]):
            pipe.send(finding)
    turn.target.close()
    pipe.close()
