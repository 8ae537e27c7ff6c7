"""A reader: a process that computes the stateless part of a stage, within limits.

Mail is written by strangers: whatever it does to the code that reads it happens here, and ends at
worst this process.
"""

from __future__ import annotations

import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from detection_stream.errors import StageError
from detection_stream.runtime import inputs
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.memory import tune_memory
from detection_stream.runtime.preparation import Prepare
from detection_stream.runtime.prepared import Place, places
from detection_stream.runtime.stage import Rejected

START_SECONDS = 60.0
"""Time that a process gets to start, on a machine that is busy with something else."""
GRACE_SECONDS = 5.0
"""How much later than the process's own timer its parent ends it."""
EXIT_MEMORY = 77
"""Exit code of a process that has used up its memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader may use for the records that it gets at once, if need be for a single one.

    ``cpu_seconds`` is a multiple of what the largest accepted mail takes. ``wall_seconds`` counts
    for code that waits, and leaves room for a busy machine. ``memory_bytes`` is address space:
    the program itself (0.2 GB), the records, and several decoded copies of the largest mail.
    """

    cpu_seconds: float = 10.0
    wall_seconds: float = 30.0
    memory_bytes: int = 3 << 29


USUAL_LIMITS = Limits()

ReaderAnswer = tuple[list[Any], dict[Place, Rejected]]
"""Results in the order of the records, and the records that cannot be read."""


class ReaderEnded(Exception):  # noqa: N818 - it says what became of a process
    """A reader ended while it read; the message says how."""


class Reader:
    """One process; used by one thread at a time.

    Raises:
        StageError: it does not start.
    """

    def __init__(self, prepare: Prepare, limits: Limits) -> None:
        # A server that has imported the stage forks in milliseconds; a new interpreter takes a
        # second, in which a crash would hold up everybody's mail.
        context = get_context("forkserver")
        context.set_forkserver_preload([getattr(prepare, "func", prepare).__module__])
        self._limits = limits
        self._connection, theirs = context.Pipe()
        self.process = context.Process(
            target=_serve, args=(theirs, prepare, limits), name="reader", daemon=True
        )
        self.process.start()
        theirs.close()
        try:
            if not self._connection.poll(START_SECONDS):
                raise EOFError
            self._connection.recv()
        except (EOFError, OSError) as error:
            self.end()
            raise StageError(f"a reader process does not start{self._how()}") from error

    def ask(self, records: Input) -> ReaderAnswer:
        """What it makes of records.

        Raises:
            ReaderEnded: the process has ended, or was ended after its time.
        """
        try:
            self._connection.send(records)
            if not self._connection.poll(self._limits.wall_seconds + GRACE_SECONDS):
                self.process.kill()
            answer: ReaderAnswer = self._connection.recv()
        except (EOFError, OSError) as error:
            # Its pipe closes a moment before it has ended.
            self.process.join(GRACE_SECONDS)
            self.end()
            raise ReaderEnded(f"its reader ended{self._how()}") from error
        return answer

    def end(self) -> None:
        """End the process, whatever it does."""
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self._connection.close()

    def _how(self) -> str:
        code = self.process.exitcode or 0
        if code == -signal.SIGPROF:
            return f" after {self._limits.cpu_seconds:g} s of CPU"
        if code in (-signal.SIGALRM, -signal.SIGKILL):
            return f" after {self._limits.wall_seconds:g} s, or was killed"
        if code == EXIT_MEMORY:
            return f": it needs more than {self._limits.memory_bytes >> 20} MB of memory"
        return f" with {signal.Signals(-code).name}" if code < 0 else f" with exit code {code}"


def _serve(connection: Connection, prepare: Prepare, limits: Limits) -> None:
    """Main loop of a reader; ends with the process that started it."""
    # Ctrl-C reaches the whole group; the parent decides what is still read.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tune_memory()
    # A dump would be slow, large, and hold mail.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    try:
        connection.send(None)
        while True:
            records = connection.recv()
            _time(limits.cpu_seconds, limits.wall_seconds)
            answer = _read(prepare, records)
            _time(0, 0)
            connection.send(answer)
    except MemoryError:
        sys.exit(EXIT_MEMORY)
    except (EOFError, OSError):
        return


def _time(cpu: float, wall: float) -> None:
    """Have the system end this process after a time, even in native code or without a parent."""
    signal.setitimer(signal.ITIMER_PROF, cpu)
    signal.setitimer(signal.ITIMER_REAL, wall)


def _read(prepare: Prepare, records: Input) -> ReaderAnswer:
    """Prepare records, without those on which it fails."""
    try:
        return [prepare(records)], {}
    except MemoryError:
        raise
    except Exception as error:
        if inputs.size(records) == 1:
            (place,) = places(records[0].blocks["record"])
            return [], {place: Rejected.by(error)}
    results: list[Any] = []
    rejected: dict[Place, Rejected] = {}
    for half in inputs.halves(records):
        made, failed = _read(prepare, half)
        results += made
        rejected |= failed
    return results, rejected
