"""Runs an engine, and stops it cleanly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.embedded.sink import FileSink
from detection_stream.runtime.topology import Topology


@asynccontextmanager
async def running(
    directory: Path, topology: Topology, out: Path | None = None, since: int = 0, **settings: Any
) -> AsyncIterator[Engine]:
    """An engine running on a directory; it is always stopped cleanly.

    With ``out``, every output topic is copied to a file there, except records with a timestamp
    before ``since`` (milliseconds since 1970). ``settings`` are those of :class:`Engine`.

    Raises:
        DataDirectoryError: the directory is in use, or has another version.
    """
    engine = Engine(directory, topology, **settings)
    sinks: list[FileSink] = []
    try:
        if out is not None:
            sinks = FileSink.each(engine, out, since)
        await engine.start()
        yield engine
    finally:
        await engine.stop()
        for sink in sinks:
            sink.close()
