"""What a run finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

MAX_CPU_SECONDS = 1.0
"""Processor time that no single record may exceed."""
MAX_MEMORY_BYTES = 300 << 20
"""Memory beyond its own size that no single record may exceed."""
MIN_MEMORY_BYTES = 8 << 20
"""Less than this tells more about the allocator than about an input."""
MAX_SAVED = 20
"""Inputs kept of each target and kind; more of the same say nothing new."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One input that failed.

    ``kind`` is ``error`` (an exception), ``death`` (of the process), ``endless``, ``slow`` or
    ``large``. ``number`` makes the input again, ``text`` says what happened.
    """

    target: str
    number: int
    kind: str
    text: str
    data: bytes

    @property
    def file(self) -> str:
        """Name of the file that it is saved in."""
        return f"{self.target}-{self.number}.{self.kind}"


@dataclass(slots=True)
class Worst:
    """The largest value so far, and which input had it."""

    value: float = 0.0
    number: int = -1
    size: int = 0

    def take(self, value: float, number: int, size: int) -> None:
        """Keep it if it is larger."""
        if value > self.value:
            self.value, self.number, self.size = value, number, size


@dataclass(slots=True)
class Tally:
    """Totals of one target; processor time in seconds, memory in bytes."""

    mutations: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: Worst = field(default_factory=Worst)
    largest: Worst = field(default_factory=Worst)
    usual: list[float] = field(default_factory=lambda: [0, 0.0, 0.0])
    """Batches, and their seconds and bytes altogether."""

    def stands_out(self, seconds: float, memory: int) -> bool:
        """Whether an input of a batch that costs this may be the worst so far, or over budget."""
        batches = max(1, self.usual[0])
        longer = seconds - self.usual[1] / batches > min(self.slowest.value, MAX_CPU_SECONDS)
        bar = min(max(self.largest.value, MIN_MEMORY_BYTES), MAX_MEMORY_BYTES)
        more = memory - self.usual[2] / batches > bar
        for at, value in enumerate((1, seconds, memory)):
            self.usual[at] += value
        return longer or more

    def next(self) -> Tally:
        """A new one that knows the worst so far, so that only what is worse is looked at again."""
        return Tally(slowest=self.slowest, largest=self.largest, usual=self.usual)

    def add(self, other: Tally) -> None:
        """Add what another process has done."""
        self.mutations += other.mutations
        self.refused += other.refused
        self.seconds += other.seconds
        for mine, its in ((self.slowest, other.slowest), (self.largest, other.largest)):
            mine.take(its.value, its.number, its.size)


def save(finding: Finding, folder: Path) -> Path:
    """Write the input, and what happened beside it; returns the input's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / finding.file
    path.write_bytes(finding.data)
    path.with_name(path.name + ".txt").write_text(finding.text + "\n")
    return path
