"""How a process that works through batches should use memory."""

from __future__ import annotations

import ctypes
import gc

GC_OBJECTS = 100_000
"""New objects after which Python looks for cycles among them."""
MMAP_BYTES = 256 << 10
"""Blocks from this size on go back to the system when they are freed.

The C library would raise this limit by itself to the size of the largest block that it has seen
freed, and then keep what batches leave behind.
"""

_M_MMAP_THRESHOLD = -3
_M_TRIM_THRESHOLD = -1


def tune_memory() -> None:
    """Collect garbage seldom, since batches make many objects and few cycles; free large blocks."""
    gc.set_threshold(GC_OBJECTS)
    gc.freeze()
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, MMAP_BYTES)
        mallopt(_M_TRIM_THRESHOLD, MMAP_BYTES)
