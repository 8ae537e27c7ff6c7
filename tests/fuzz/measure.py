"""Processor time and memory of a call."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of all threads, and bytes at the peak beyond those before."""

    seconds: float
    memory: int
    error: Exception | None


def measured(call: Callable[[], None]) -> Cost:
    """What a call costs; its exception is kept, not raised.

    Where the system cannot reset a peak, memory is the growth of the highest peak.
    """
    before = _begin_peak()
    start = time.process_time()
    error: Exception | None = None
    try:
        call()
    except Exception as raised:
        error = raised
    return Cost(time.process_time() - start, max(0, _peak() - before), error)


def _begin_peak() -> int:
    try:
        _RESET.write_bytes(b"5")
    except OSError:
        return _peak()
    return _status("VmRSS:")


def _peak() -> int:
    if _STATUS.exists():
        return _status("VmHWM:")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _status(name: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0
