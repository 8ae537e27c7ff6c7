"""Reads one record in a process of its own and reports what it cost."""

from __future__ import annotations

import multiprocessing
import resource
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from detection_stream.model.envelope import Envelope
from detection_stream.model.signature import OperatorKeys
from detection_stream.parsing import parse_json, parse_message
from detection_stream.runtime.inputs import from_records
from detection_stream.runtime.records import Record
from detection_stream.runtime.stage import Rejected
from detection_stream.stages.reading import read

MAX_CPU_SECONDS = 1.0
"""The budget of a record: seconds of one core of current hardware."""
MAX_EXTRA_BYTES = 300 * 1000 * 1000
"""The budget of a record: bytes beyond its own size."""

_GIVE_UP_SECONDS = 60
_GIVE_UP_BYTES = 8 * 1024**3
_ENVELOPE = Envelope("tenant", frozenset({"example.org"}), 1_700_000_000_000)


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading a record took. ``outcome`` is ``read``, ``rejected``, or how it ended.

    ``truncated`` names the caps that the message exceeded, ``extra_bytes`` is peak memory beyond
    what the process had with the record loaded.
    """

    outcome: str
    cpu_seconds: float = 0.0
    extra_bytes: int = 0
    truncated: tuple[str, ...] = ()


def cost_of(record: bytes, format: str = "rfc5322") -> Cost:
    """The cost of :func:`~detection_stream.stages.reading.read` on one record of that format."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.hostile.warm"])
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(record, format, sender))
    process.start()
    sender.close()
    try:
        cost: Cost = receiver.recv()
    except EOFError:
        process.join()
        return Cost(f"ended with {process.exitcode}")
    process.join()
    return cost


def read_one(record: bytes, format: str) -> None:
    """Read one record as the content stage does."""
    headers = Envelope(
        _ENVELOPE.tenant, _ENVELOPE.own_domains, _ENVELOPE.received_at, format
    ).headers()
    read(1, OperatorKeys(), from_records(0, [Record(0, 0, b"key", record, headers)]))


def _measure(record: bytes, format: str, sender: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_GIVE_UP_SECONDS, _GIVE_UP_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_GIVE_UP_BYTES, _GIVE_UP_BYTES))
    # Forgets the peak so far (proc_pid_clear_refs(5)).
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory("VmRSS")
    started = time.process_time()
    outcome = "read"
    try:
        read_one(record, format)
    except Rejected:
        outcome = "rejected"
    except Exception as error:
        outcome = f"raised {error!r:.200}"
    spent = time.process_time() - started
    extra = _memory("VmHWM") - before
    parsed = parse_json if format == "json" else parse_message
    truncated = parsed(record).truncated if outcome == "read" else ()
    sender.send(Cost(outcome, spent, extra, truncated))


def _memory(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024
