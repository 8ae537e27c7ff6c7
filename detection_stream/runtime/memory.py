"""Memory settings for processes that work on batches."""

from __future__ import annotations

import ctypes
import gc

GC_OBJECTS = 100_000
"""New objects between collections of cycles."""
MIN_MMAP_BYTES = 256 << 10
"""Blocks of at least this size are returned to the system when freed.

By default the C library raises this limit to the size of the largest block
freed so far, and then keeps what batches leave behind.
"""

_M_MMAP_THRESHOLD = -3
_M_TRIM_THRESHOLD = -1


def tune_memory() -> None:
    """Collect garbage rarely, as batches make many objects but few cycles; return large blocks."""
    gc.set_threshold(GC_OBJECTS)
    gc.freeze()
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, MIN_MMAP_BYTES)
        mallopt(_M_TRIM_THRESHOLD, MIN_MMAP_BYTES)
