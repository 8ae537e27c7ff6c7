"""Reads mail like the content stage, but some mail does to its process what no mail should."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from detection_stream.demo import DemoMessage
from detection_stream.model.signature import OperatorKeys
from detection_stream.runtime import readers
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.reader import Limits
from detection_stream.stages import content
from detection_stream.stages.reading import Reading, read

LIMITS = Limits(cpu_seconds=4.0, wall_seconds=6.0, memory_bytes=1 << 30)
"""Short ones, so that tests need not wait."""
DEEDS = ("crash", "spin", "sleep", "allocate")
_MARK = "X-Deed: {}\r\n"


def hostile(message: DemoMessage, deed: str) -> bytes:
    """A mail that does something to its reader."""
    return _MARK.format(deed).encode() + message.raw


def read_dangerously(topic: int, keys: OperatorKeys, segments: Input) -> Reading:
    """Like ``read``, with the deeds of hostile mail."""
    for value in segments[0].blocks["record"]["value"]:
        for deed in DEEDS:
            if value.startswith(_MARK.format(deed).encode()):
                _do(deed)
    return read(topic, keys, segments)


def _do(deed: str) -> None:
    held: list[bytes] = []
    while True:
        if deed == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif deed == "sleep":
            time.sleep(1)
        elif deed == "allocate":
            held.append(bytes(16 << 20))


def endanger(patch: Any = setattr) -> None:
    """Have the mail of new topologies read so, within short limits."""
    patch(content, "read", read_dangerously)
    patch(readers, "USUAL_LIMITS", LIMITS)
